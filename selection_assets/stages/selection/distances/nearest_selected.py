"""Exact distances to the nearest of a growing set of rows, at the speed of a float32 matrix product.

Lower bounds in float32 find the pairs that may be the nearest, see `distance_bounds`; only these are measured, at last
in float64, difference by difference. The answer is the one of a plain float64 loop, whatever the number of threads. The
farthest-point loop, the random loop and the engine build on this, and so does whoever wants the nearest selected sample
of the rest.
"""

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, cached_property, partial
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from selection_assets.stages.selection.distances.distance_bounds import DistanceBounds
from selection_assets.stages.selection.distances.gpu_bounds import LARGE_PROBLEM, GpuBounds

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

T = TypeVar("T")
R = TypeVar("R")

_ROWS = 2048  # rows of one call; with their bounds they fit the cache
_CENTRES = 4096  # gathered together for all blocks of a refresh
_PICKS = 256  # picks that are compared with each other one by one
_FEW_MISSED = 8  # selected rows up to which bounds take longer than distances
_MANY_MISSED = 512  # selected rows from which on a matrix product is faster than stopping as early as possible
_TILE = 256  # of them in one product
_MANY = 4096  # selected rows from which on it pays off to prepare bounds for all rows


def available_threads() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, eq=False)
class _Centres:
    """Selected rows start…stop, gathered: vectors (c, d), and (-2y, low) (c, p + 1) of `DistanceBounds`."""

    start: int
    stop: int
    ids: NDArray[np.int64]
    vectors: NDArray[np.floating]
    y: NDArray[np.float32]


class NearestSelected:
    """Distance of rows to the nearest of a growing list of selected rows.

    For row i: `squared[i]` (float64, inf where none is selected), `nearest[i]` (row index, -1), both true for the
    first `seen[i]` of `selected`; of equally near rows the one selected first. A distance only ever falls, so
    `squared` is an upper bound for a row that has not seen all.

    `distances_computed` counts the bounds, `distances_exact` the pairs that had to be measured.
    """

    def __init__(self, embeddings: NDArray[np.floating], expected: int, threads: int | None = None) -> None:
        """embeddings (n, d), finite; expected: about how many rows will be selected."""
        n = len(embeddings)
        self.embeddings = np.asarray(embeddings)  # the compiled loops know no memory-mapped type
        self.selected = np.empty(expected, np.int64)
        self.n_selected = 0
        self.squared = np.full(n, np.inf)
        self.nearest = np.full(n, -1, np.int64)
        self.seen = np.zeros(n, np.int32)
        self.distances_computed = 0
        self.distances_exact = 0
        self._threads = threads or available_threads()
        self._own = threading.local()
        self._in_place = embeddings.dtype != np.float16 and embeddings.flags.c_contiguous

    @cached_property
    def bounds(self) -> DistanceBounds:
        leading = len(self.selected) >= _MANY
        return DistanceBounds(self.embeddings, self.vectors, self.run_products, leading=leading)

    def add(self, rows: NDArray[np.int64]) -> None:
        """Append rows to the selected ones. Nothing is measured until `refresh`."""
        missing = self.n_selected + len(rows) - len(self.selected)
        if missing > 0:
            self.selected = np.concatenate([self.selected, np.empty(max(missing, len(self.selected)), np.int64)])
        self.selected[self.n_selected : self.n_selected + len(rows)] = rows
        self.n_selected += len(rows)

    def vectors(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.floating], NDArray[np.int64]]:
        """(r,) -> a float32 or float64 matrix and the places (r,) in it where the vectors of `rows` stand."""
        if self._in_place:
            return self.embeddings, rows
        copy = self.embeddings[rows]
        return copy.astype(np.float32) if copy.dtype == np.float16 else copy, np.arange(len(rows))

    def refresh(self, rows: NDArray[np.int64], threshold: float = -np.inf) -> None:
        """Bring `rows` up to date with all selected rows; a row that falls below the threshold on the way is left
        where it is."""
        rows = rows[self.seen[rows] < self.n_selected]
        if not len(rows):
            return
        if self._gpu is not None:
            self._refresh_on_gpu(self._gpu, rows, threshold)
            return
        # Rows that have missed the same selected rows go together.
        rows = rows[np.argsort(self.seen[rows], kind="stable")]
        for first in range(int(self.seen[rows[0]]), self.n_selected, _CENTRES):
            centres = self._centres(first, min(first + _CENTRES, self.n_selected))
            missing = rows[(self.seen[rows] < centres.stop) & (self.squared[rows] >= threshold)]
            size = max(1, min(_ROWS, -(-len(missing) // self._threads)))
            blocks = [missing[start : start + size] for start in range(0, len(missing), size)]
            for computed, exact in self.run_products(partial(self._refresh_block, centres, threshold), blocks):
                self.distances_computed += computed
                self.distances_exact += exact

    def _centres(self, start: int, stop: int) -> "_Centres":
        ids = self.selected[start:stop]
        y = self.bounds.of_centres(ids)
        if len(y) % 2:
            y = np.concatenate([y, y[-1:]])
            y[-1, -1] = np.inf
        vectors, places = self.vectors(ids)
        return _Centres(start, stop, ids, vectors[places], y)  # vectors: a copy, for the cache

    def _refresh_block(self, centres: "_Centres", threshold: float, block: NDArray[np.int64]) -> tuple[int, int]:
        from selection_assets.stages.selection.distances.distance_kernels import see_few, see_missed, take_nearer

        if centres.stop - int(self.seen[block].min()) <= _FEW_MISSED:
            pairs = see_few(
                block, *self.vectors(block), centres.vectors, centres.start, centres.ids, threshold,
                self.squared, self.nearest, self.seen,
            )  # fmt: skip
            return pairs, pairs
        y, low = self.bounds.of(block, self.buffer("y", (len(block), self.bounds.p + 1)))
        vectors, places = self.vectors(block)
        if vectors is self.embeddings and vectors.dtype == np.float32:  # a copy, for the cache
            copy = self.buffer("vectors", (len(block), vectors.shape[1]))
            vectors, places = np.take(vectors, block, axis=0, out=copy, mode="clip"), np.arange(len(block))
        computed = exact = 0
        start = max(centres.start, int(self.seen[block[0]]))
        while centres.stop - start >= _MANY_MISSED and len(block):
            part = slice(start - centres.start, start - centres.start + _TILE)
            product = self.product(y, centres.y[part])  # (r, p + 1), (c, p + 1) -> (r, c): low of c - 2xc
            exact += take_nearer(
                product, block, vectors, places, low, centres.vectors[part], centres.ids[part],
                self.squared, self.nearest,
            )  # fmt: skip
            computed += product.size
            start += _TILE
            self.seen[block] = np.maximum(self.seen[block], start)
            above = self.squared[block] >= threshold
            if 4 * np.count_nonzero(above) < 3 * len(block):
                block, places, low, y = block[above], places[above], low[above], y[above]
        more, measured = see_missed(
            block, vectors, places, y, low, centres.vectors, centres.y, centres.start, centres.ids, threshold,
            self.squared, self.nearest, self.seen,
        )  # fmt: skip
        return computed + more, exact + measured

    @cached_property
    def _gpu(self) -> GpuBounds | None:
        large = float(len(self.selected)) * self.embeddings.size >= LARGE_PROBLEM * self._threads
        return GpuBounds.of(self.bounds, len(self.embeddings)) if large and self._in_place else None

    def _refresh_on_gpu(self, gpu: GpuBounds, rows: NDArray[np.int64], threshold: float) -> None:
        for start in range(int(self.seen[rows].min()), self.n_selected, _CENTRES):
            ids = self.selected[start : min(start + _CENTRES, self.n_selected)]
            missing = rows[(self.seen[rows] < start + len(ids)) & (self.squared[rows] >= threshold)]
            size = gpu.rows_at_once(len(ids))
            for block in (missing[first : first + size] for first in range(0, len(missing), size)):
                pairs = self._refresh_block_on_gpu(gpu, block, ids)
                self.seen[block] = start + len(ids)
                self.distances_computed += len(block) * len(ids)
                self.distances_exact += len(block) + pairs

    def _refresh_block_on_gpu(self, gpu: GpuBounds, block: NDArray[np.int64], ids: NDArray[np.int64]) -> int:
        """`ids`: selected rows that the block sees now. Returns the number of pairs that had to be measured."""
        from selection_assets.stages.selection.distances.distance_kernels import measure_pairs, see_pairs

        def measure(part: slice) -> NDArray[np.float64]:
            distances: NDArray[np.float64] = measure_pairs(self.embeddings, block[part], promising[part])
            return distances

        def see(part: slice) -> None:
            see_pairs(self.embeddings, near[part], centres[part], self.squared, self.nearest)

        # An upper bound from the most promising selected row; then whatever may be nearer than that.
        promising = ids[gpu.lowest(block, ids)]
        cuts = np.linspace(0, len(block), self._threads + 1).astype(np.int64)
        measured = np.concatenate(self.run_in_threads(measure, _slices(cuts)))
        places, found = gpu.not_above(np.minimum(self.squared[block], measured))
        near, centres = block[places], ids[found]
        # All pairs of a row in one thread: each is compared with the nearest so far.
        self.run_in_threads(see, _slices(np.searchsorted(places, cuts)))
        return len(places)

    def product(self, rows: NDArray[np.float32], centres: NDArray[np.float32]) -> NDArray[np.float32]:
        """(r, m), (c, m) -> (r, c), into a `buffer` that the next call overwrites."""
        out = self.buffer("product", (len(rows), len(centres)))
        np.matmul(rows, centres.T, out=out)
        return out

    def buffer(self, name: str, shape: tuple[int, int]) -> NDArray[np.float32]:
        """Room of this thread, which the next call with this name overwrites: fresh memory comes from the system page
        by page, which takes as long as filling it."""
        size = shape[0] * shape[1]
        buffer = getattr(self._own, name, None)
        if buffer is None or len(buffer) < size:
            buffer = np.empty(size, np.float32)
            setattr(self._own, name, buffer)
        part: NDArray[np.float32] = buffer[:size].reshape(shape)
        return part

    def run_in_threads(self, function: Callable[[T], R], blocks: Sequence[T]) -> list[R]:
        """`function` of every block, several at a time."""
        if len(blocks) == 1 or self._threads == 1:
            return [function(block) for block in blocks]
        return list(self._pool.map(function, blocks))

    def run_products(self, function: Callable[[T], R], blocks: Sequence[T]) -> list[R]:
        """The same for a function that uses matrix products: our threads share the blocks, and threads of the matrix
        library on top would only wait for each other."""
        with _matrix_libraries().limit(limits=1, user_api="blas"):
            return self.run_in_threads(function, blocks)

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
        self._vectors, self._places = state.vectors(rows)
        self._y, self._low = state.bounds.of(rows)

    def see(self, row: int) -> None:
        """Another row is selected. Call once for every row added to the state."""
        from selection_assets.stages.selection.distances.distance_kernels import see_centre

        one = np.array([row])
        see_centre(
            self._vectors, self._places, self._y, self._low, self.squared, self.nearest, 0,
            *self._state.vectors(one), *self._state.bounds.of(one), 0, row,
        )  # fmt: skip

    def leave(self) -> None:
        """Tell the state what the band has learnt."""
        self._state.squared[self.rows], self._state.nearest[self.rows] = self.squared, self.nearest
        self._state.seen[self.rows] = self._state.n_selected


def _slices(cuts: NDArray[np.int64]) -> list[slice]:
    return [slice(start, stop) for start, stop in pairwise(cuts.tolist())]


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
    from selection_assets.stages.selection.distances.distance_kernels import see_each_other

    state = NearestSelected(embeddings, len(before) + len(order))
    state.add(before)
    for start in range(0, len(order), _PICKS):
        block = order[start : start + _PICKS]
        state.refresh(block)
        squared, nearest = state.squared[block], state.nearest[block]
        see_each_other(*state.vectors(block), *state.bounds.of(block), block, squared, nearest)
        state.squared[block], state.nearest[block] = squared, nearest
        state.add(block)
    distance = np.sqrt(state.squared[order])
    return np.where(np.isinf(distance), np.nan, distance), state.nearest[order]
