"""How a stage asks for work side by side, without knowing where it runs: the engine is passed in as a callable.

Only the type belongs here. On one machine it is `resources.engine.local.map_batches`; an engine for several machines
has the same signature.
"""

from collections.abc import Callable, Generator, Iterable
from typing import Any, Literal, Protocol, TypeVar

R = TypeVar("R")
Kind = Literal["threads", "processes"]


class MapBatches(Protocol):
    """Calls `function(batch)`, or `function(batch, state)`, for each batch; yields the results in order."""

    def __call__(
        self,
        function: Callable[..., R],
        batches: Iterable[Any],
        *,
        make_state: Callable[[], Any] | None = None,
        num_workers: int,
        kind: Kind = "threads",
        ahead: int | None = None,
    ) -> Generator[R, None, None]: ...
