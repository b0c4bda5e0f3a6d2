"""Exact distances to the nearest of a growing set of rows, at the speed of a float32 matrix product.

A float32 product finds the few pairs that may be the nearest; only these are measured again in float64, difference by
difference. The answer is the one of a plain float64 loop, whatever the number of threads. The farthest-point loop,
the random loop and the engine build on this, and so does whoever wants the nearest selected sample of the rest.
"""

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

T = TypeVar("T")
R = TypeVar("R")

_ROWS = 1024  # rows of one product; with the centres below 2 MB of distances
_CENTRES = 512
_CENTRES_AT_ONCE = 8 * _CENTRES  # gathered together for all blocks of a refresh
_PICKS = 256  # picks that are compared with each other one by one
_SAMPLE = 2048  # rows that estimate the middle of the data


def float32_error(d: int) -> float:
    """Bound e on the error of |x|² + |c|² - 2xc from float32 copies of x and c: at most e·(|x|² + |c|²).

    The classic bound γ = m·u of a sum of m = d + 1 products, u = 2⁻²⁴, in any order, twice; the rest pays for moving
    the origin and for comparing in float32.
    """
    return (2 * (d + 1) + 40) * 2.0**-24


def available_threads() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, eq=False)
class _Centres:
    """Selected rows start…stop, gathered: as they are (c, d), shifted and scaled by -2 (c, d + 1), squared lengths
    (c,)."""

    start: int
    stop: int
    ids: NDArray[np.int64]
    raw: NDArray[np.floating]
    shifted: NDArray[np.float32]
    norms: NDArray[np.float32]


class NearestSelected:
    """Distance of rows to the nearest of a growing list of selected rows.

    For row i: `squared[i]` (float64, inf where none is selected), `nearest[i]` (row index, -1), both true for the
    first `seen[i]` of `selected`; of equally near rows the one selected first. A distance only ever falls, so
    `squared` is an upper bound for a row that has not seen all.

    `distances_computed` and `distances_exact` count the float32 and the float64 distances.
    """

    def __init__(self, embeddings: NDArray[np.floating], capacity: int, threads: int | None = None) -> None:
        n, d = embeddings.shape
        self.embeddings = embeddings
        self.selected = np.empty(capacity, np.int64)
        self.n_selected = 0
        self.squared = np.full(n, np.inf)
        self.nearest = np.full(n, -1, np.int64)
        self.seen = np.zeros(n, np.int32)
        self.distances_computed = 0
        self.distances_exact = 0
        self.error = float32_error(d)
        # Products of vectors far from the origin lose all digits: the middle of the data becomes the origin.
        sample = embeddings[:: max(1, n // _SAMPLE)]
        self._origin = sample.mean(axis=0, dtype=np.float64).astype(np.float32)
        self._threads = threads or available_threads()
        self._own = threading.local()

    def add(self, rows: NDArray[np.int64]) -> None:
        """Append rows to the selected ones. Nothing is measured until `refresh`."""
        self.selected[self.n_selected : self.n_selected + len(rows)] = rows
        self.n_selected += len(rows)

    def raw(self, rows: NDArray[np.int64]) -> NDArray[np.floating]:
        """(r, d) copy of the vectors, float32 at least."""
        vectors = self.embeddings[rows]
        return vectors.astype(np.float32) if vectors.dtype == np.float16 else vectors

    def shifted(self, raw: NDArray[np.floating], scale: float = 1.0) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Copies (r, d + 1) with the origin in the middle of the data, see `distance_kernels.shift_rows`, and norms."""
        from selection_assets.stages.selection.distance_kernels import shift_rows

        out = np.empty((len(raw), raw.shape[1] + 1), np.float32)
        norms = np.empty(len(raw), np.float32)
        shift_rows(raw, self._origin, np.float32(scale), out, norms)
        return out, norms

    def refresh(self, rows: NDArray[np.int64]) -> None:
        """Bring `rows` up to date with all selected rows."""
        rows = rows[self.seen[rows] < self.n_selected]
        if not len(rows):
            return
        # Rows that have missed the same selected rows go together.
        rows = rows[np.argsort(self.seen[rows], kind="stable")]
        size = max(1, min(_ROWS, -(-len(rows) // self._threads)))
        blocks = [rows[start : start + size] for start in range(0, len(rows), size)]
        for first in range(int(self.seen[rows[0]]), self.n_selected, _CENTRES_AT_ONCE):
            centres = self._centres(first, min(first + _CENTRES_AT_ONCE, self.n_selected))
            missed = [block for block in blocks if self.seen[block[0]] < centres.stop]
            for exact, computed in self.run_in_threads(partial(self._refresh_block, centres), missed):
                self.distances_computed += computed
                self.distances_exact += exact
        self.seen[rows] = self.n_selected

    def _centres(self, start: int, stop: int) -> "_Centres":
        ids = self.selected[start:stop]
        raw = self.raw(ids)
        shifted, norms = self.shifted(raw, -2.0)
        return _Centres(start, stop, ids, raw, shifted, norms)

    def _refresh_block(self, centres: "_Centres", block: NDArray[np.int64]) -> tuple[int, int]:
        from selection_assets.stages.selection.distance_kernels import take_nearer

        raw = self.raw(block)
        x, xx = self.shifted(raw)
        squared, nearest = self.squared[block], self.nearest[block]
        begin = max(0, int(self.seen[block[0]]) - centres.start)
        exact = 0
        for start in range(begin, centres.stop - centres.start, _CENTRES):
            part = slice(start, start + _CENTRES)
            error = self.error * (xx.astype(np.float64) + float(centres.norms[part].max()))
            product = self.product(x, centres.shifted[part])  # (r, d + 1), (c, d + 1) -> (r, c): |c|² - 2xc
            exact += take_nearer(
                product, product.min(axis=1), xx, error, raw, centres.raw[part], centres.ids[part], squared, nearest
            )
        self.squared[block], self.nearest[block] = squared, nearest
        return exact, len(block) * (centres.stop - centres.start - begin)

    def product(self, rows: NDArray[np.float32], centres: NDArray[np.float32]) -> NDArray[np.float32]:
        """(r, m), (c, m) -> (r, c), into a buffer of this thread that the next call overwrites: fresh memory of this
        size comes from the system page by page, which takes as long as the product."""
        buffer = getattr(self._own, "buffer", None)
        if buffer is None or len(buffer) < len(rows) * len(centres):
            buffer = self._own.buffer = np.empty(max(_ROWS * _CENTRES, len(rows) * len(centres)), np.float32)
        out: NDArray[np.float32] = buffer[: len(rows) * len(centres)].reshape(len(rows), len(centres))
        np.matmul(rows, centres.T, out=out)
        return out

    def run_in_threads(self, function: Callable[[T], R], blocks: Sequence[T]) -> list[R]:
        """`function` of every block, several at a time; each may use matrix products."""
        # Our threads share the blocks; threads of the matrix library on top would only wait for each other.
        with _matrix_libraries().limit(limits=1, user_api="blas"):
            if len(blocks) == 1 or self._threads == 1:
                return [function(block) for block in blocks]
            return list(self._pool.map(function, blocks))

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._threads)


@cache
def _matrix_libraries() -> "ThreadpoolController":
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


class Band:
    """Copies of a few rows of a `NearestSelected`, kept up to date one selected row after the other."""

    def __init__(self, state: NearestSelected, rows: NDArray[np.int64]) -> None:
        state.refresh(rows)
        self.rows = rows
        self.squared, self.nearest = state.squared[rows], state.nearest[rows]
        self._state = state
        self._raw = state.raw(rows)
        self._shifted, self._norms = state.shifted(self._raw)

    def see(self, row: int) -> None:
        """Another row is selected. Call once for every row added to the state."""
        from selection_assets.stages.selection.distance_kernels import see_centre

        state = self._state
        raw = state.raw(np.array([row]))
        shifted, norms = state.shifted(raw)
        see_centre(
            self._raw, self._shifted, self._norms, state.error, self.squared, self.nearest, 0,
            raw, shifted, norms, 0, row,
        )  # fmt: skip

    def leave(self) -> None:
        """Tell the state what the band has learnt."""
        self._state.squared[self.rows], self._state.nearest[self.rows] = self.squared, self.nearest
        self._state.seen[self.rows] = self._state.n_selected


def nearest_selected(
    embeddings: NDArray[np.floating], rows: NDArray[np.int64], selected: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Distance (r,) of each of `rows` to the nearest of `selected`, and that row (r,); inf and -1 where none is.

    A row that is itself selected is its own nearest, at distance 0, unless an equal one was selected before.
    """
    rows = np.asarray(rows, np.int64)
    state = NearestSelected(embeddings, len(selected))
    state.add(np.asarray(selected, np.int64))
    state.refresh(np.unique(rows))
    return np.sqrt(state.squared[rows]), state.nearest[rows]


def distances_when_picked(
    embeddings: NDArray[np.floating], before: NDArray[np.int64], order: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """For picks in the given order: distance (k,) to the nearest of `before` and the picks so far, and that row (k,);
    nan and -1 where nothing was selected."""
    from selection_assets.stages.selection.distance_kernels import see_each_other

    state = NearestSelected(embeddings, len(before) + len(order))
    state.add(before)
    for start in range(0, len(order), _PICKS):
        block = order[start : start + _PICKS]
        state.refresh(block)
        raw = state.raw(block)
        shifted, norms = state.shifted(raw)
        squared, nearest = state.squared[block], state.nearest[block]
        see_each_other(raw, shifted, norms, state.error, block, squared, nearest)
        state.squared[block], state.nearest[block] = squared, nearest
        state.add(block)
    distance = np.sqrt(state.squared[order])
    return np.where(np.isinf(distance), np.nan, distance), state.nearest[order]
