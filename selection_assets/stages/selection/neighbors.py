"""Exact distances to the k nearest neighbours of every row, by brute force at the speed of a matrix product.

Only distances are returned: density needs no more. Memory is a few tiles, never a matrix of all pairs.
"""

import numpy as np
from numpy.typing import NDArray

from selection_assets.stages.selection.nearest_selected import NearestSelected

_ROWS, _COLUMNS = 256, 512  # one tile of distances: 512 kB, which stay in the cache
_SPARE = 12  # neighbours kept beyond k: float32 may swap the last ones, the exact distances then decide


def neighbor_distances(embeddings: NDArray[np.floating], rows: NDArray[np.int64], k: int) -> NDArray[np.float64]:
    """(r, min(k, r - 1)) distances of each of `rows` to its nearest others among `rows`, ascending.

    The neighbours are found in float32, k + 12 of them, and measured in float64: a float64 loop finds the same, except
    within groups of more than k + 12 samples that are all equally far to about 1e-3 of their norm.
    """
    k = min(k, len(rows) - 1)
    out = np.empty((len(rows), max(k, 0)))
    if k <= 0:
        return out
    state = NearestSelected(embeddings, 0)
    blocks = [slice(start, start + _ROWS) for start in range(0, len(rows), _ROWS)]

    def fill(block: slice) -> None:
        out[block] = _block_distances(state, rows, rows[block], k)

    state.run_in_threads(fill, blocks)
    return out


def _block_distances(
    state: NearestSelected, rows: NDArray[np.int64], block: NDArray[np.int64], k: int
) -> NDArray[np.float64]:
    from selection_assets.stages.selection.distance_kernels import exact_pairs, keep_smallest

    raw = state.raw(block)
    x, _ = state.shifted(raw)
    kept = min(k + _SPARE, len(rows) - 1)
    heaps = np.full((len(block), kept), np.inf, np.float32)
    ids = np.full((len(block), kept), -1, np.int64)
    for start in range(0, len(rows), _COLUMNS):
        columns = rows[start : start + _COLUMNS]
        c, _ = state.shifted(state.raw(columns), -2.0)
        keep_smallest(state.product(x, c), block, columns, heaps, ids)  # (r, d + 1), (c, d + 1) -> (r, c): |c|² - 2xc
    squared = np.stack([exact_pairs(raw, state.raw(ids[:, place])) for place in range(kept)], axis=1)
    squared.sort(axis=1)
    distances: NDArray[np.float64] = np.sqrt(squared[:, :k])
    return distances
