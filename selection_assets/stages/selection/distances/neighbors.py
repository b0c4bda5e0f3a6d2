"""Exact distances to the k nearest neighbours of every row, by brute force at the speed of a matrix product.

Only distances are returned: density needs no more.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from selection_assets.stages.selection.distances.nearest_selected import NearestSelected

_BLOCK = 1024  # samples on each side of a tile, 4 MB of distances
_SPARE = 12  # neighbours kept beyond k: float32 may swap the last ones, the exact distances then decide


def neighbor_distances(embeddings: NDArray[np.floating], rows: NDArray[np.int64], k: int) -> NDArray[np.float64]:
    """(r, min(k, r - 1)) distances of each of `rows` to its nearest others among `rows`, ascending.

    The neighbours are found in float32, k + 12 of them, and measured in float64: a float64 loop finds the same, except
    within groups of more than k + 12 samples that are all equally far to about 1e-3 of their norm. Each distance is
    computed once and counts for both samples. Memory beyond the result: 12 (k + 12) bytes per row.
    """
    k = min(k, len(rows) - 1)
    out = np.empty((len(rows), max(k, 0)))
    if k <= 0:
        return out
    kept = min(k + _SPARE, len(rows) - 1)
    state = NearestSelected(embeddings, 0)
    heaps = np.full((len(rows), kept), np.inf, np.float32)
    ids = np.zeros((len(rows), kept), np.int64)

    def tile(pair: tuple[int, int]) -> None:
        from selection_assets.stages.selection.distances.distance_kernels import keep_smallest

        first, second = (block * _BLOCK for block in pair)
        here, there = rows[first : first + _BLOCK], rows[second : second + _BLOCK]
        y, low = state.bounds.of(here)
        product = state.product(y, state.bounds.of_centres(there))  # (r, d + 1), (c, d + 1) -> (r, c): low of c - 2xc
        keep_smallest(product, first, second, low, heaps, ids)

    def measure(block: int) -> None:
        from selection_assets.stages.selection.distances.distance_kernels import measure_pairs

        part = slice(block * _BLOCK, (block + 1) * _BLOCK)
        here, others = rows[part], rows[ids[part]]
        vectors, places = state.vectors(np.concatenate([here, others.ravel()]))
        squared = measure_pairs(vectors, np.repeat(places[: len(here)], kept), places[len(here) :]).reshape(-1, kept)
        squared.sort(axis=1)
        out[part] = np.sqrt(squared[:, :k])

    blocks = -(-len(rows) // _BLOCK)
    for pairs in _rounds(blocks):
        state.run_products(tile, pairs)
    state.run_in_threads(measure, range(blocks))
    return out


def _rounds(blocks: int) -> Iterator[list[tuple[int, int]]]:
    """Every pair of blocks, and every block with itself, in rounds in which no block occurs twice: pairs of one round
    may be worked on at the same time. This is a tournament's timetable by the circle method."""
    yield [(block, block) for block in range(blocks)]
    seats = list(range(blocks + blocks % 2))  # with an odd number the last one's partner has a rest
    for _ in range(len(seats) - 1):
        half = len(seats) // 2
        meetings = zip(seats[:half], reversed(seats[half:]), strict=True)
        yield [(min(pair), max(pair)) for pair in meetings if max(pair) < blocks]
        seats = [seats[0], seats[-1], *seats[1:-1]]
