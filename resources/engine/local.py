"""The engine of one machine: a function over batches, in threads or processes, results in order, bounded look-ahead.

What the function computes is the caller's. Foreign bytes are not decoded here: a crash of a worker ends the whole map,
whereas the guarded processes of the pictures lose one file.
"""

import multiprocessing
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from typing import Any, Literal, TypeVar

R = TypeVar("R")
_of_this_process: dict[str, Callable[[Any], Any]] = {}  # in a worker process: what it runs


def map_batches(
    function: Callable[..., R],
    batches: Iterable[Any],
    *,
    make_state: Callable[[], Any] | None = None,
    num_workers: int,
    kind: Literal["threads", "processes"] = "threads",
    ahead: int | None = None,
) -> Generator[R, None, None]:
    """Yield `function(batch)` for each batch, in order; with `make_state`, `function(batch, state)`.

    >>> list(map_batches(sum, [[1, 2], [3]], num_workers=2))
    [3, 3]

    Args:
        function: for processes picklable (module-level, or a `functools.partial` of such), like batches and results.
        batches: taken one after the other in the caller's thread, at most `ahead` before the result that is due.
        make_state: called once in each worker that gets work, for what is dear to make and may not be shared (a
            network, a resizer); for processes picklable.
        num_workers: workers; 0 does the work in the caller's thread.
        kind: threads share memory and suit work that releases the interpreter's lock; processes suit the rest.
        ahead: batches under way at a time; two per worker if it is not said.

    Raises:
        Whatever `function` or `make_state` raises, when that result is due: what has not started by then is dropped.
        `concurrent.futures.process.BrokenProcessPool` where a worker process dies.
    """
    if num_workers == 0:
        yield from map(_with_own_state(function, make_state), batches)
        return
    if kind == "threads":
        pool: Executor = ThreadPoolExecutor(num_workers, thread_name_prefix="map")
        work = _with_own_state(function, make_state)
    else:
        # A fork server and not fork: this process has threads.
        pool = ProcessPoolExecutor(
            num_workers, multiprocessing.get_context("forkserver"), _remember, (function, make_state)
        )
        work = _remembered
    limit = max(1, 2 * num_workers if ahead is None else ahead)
    pending: deque[Future[R]] = deque()
    try:
        for batch in batches:
            pending.append(pool.submit(work, batch))
            if len(pending) >= limit:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _with_own_state(function: Callable[..., R], make_state: Callable[[], Any] | None) -> Callable[[Any], R]:
    return function if make_state is None else partial(_call, threading.local(), function, make_state)


def _call(own: threading.local, function: Callable[..., R], make_state: Callable[[], Any], batch: Any) -> R:
    if not hasattr(own, "state"):
        own.state = make_state()
    return function(batch, own.state)


def _remember(function: Callable[..., Any], make_state: Callable[[], Any] | None) -> None:
    """At the start of a worker process, so that the function travels once, not with every batch."""
    _of_this_process["work"] = _with_own_state(function, make_state)


def _remembered(batch: Any) -> Any:
    return _of_this_process["work"](batch)
