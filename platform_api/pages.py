"""Pages of long lists, in entries: the client asks for offset 0, then as far as it got."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar

import numpy as np
from fastapi import Depends, Query
from numpy.typing import NDArray

T = TypeVar("T")


@dataclass(frozen=True)
class Page:
    """size: None is everything, which old clients ask for."""

    offset: int
    size: int | None

    def of(self, rows: Sequence[T]) -> Sequence[T]:
        return rows[self.offset :][: self.size]

    def indices(self, number: int) -> NDArray[np.int64]:
        """Those of a list of so many."""
        return np.arange(
            min(self.offset, number), number if self.size is None else min(self.offset + self.size, number)
        )


def _page(
    pageOffset: Annotated[int, Query(ge=0, le=1 << 31)] = 0,  # noqa: N803 - as the route names it
    pageSize: Annotated[int | None, Query(ge=1, le=1 << 31)] = None,  # noqa: N803
) -> Page:
    return Page(pageOffset, pageSize)


AskedPage = Annotated[Page, Depends(_page)]
