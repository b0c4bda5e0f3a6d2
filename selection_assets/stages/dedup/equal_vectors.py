"""Samples whose embeddings are equal in every float32 value, found in one pass over the rows.

Near duplicates are the business of selection (`min_distance`), not of this module.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

BLOCK_ROWS = 65_536
_KEYS_SEED = 20_231


def equal_vectors(vectors: NDArray[np.float32], considered: NDArray[np.int64] | None = None) -> list[list[int]]:
    """Groups of two or more equal rows of `vectors` (N, d), finite, possibly memory-mapped; -0.0 equals 0.0.

    considered: (M,) ascending rows to look at; all of them if it is not said.

    Each group is ascending, and groups stand in the order of their first rows. Time O(N d), memory O(N) plus the equal
    rows.
    """
    rows = np.arange(len(vectors)) if considered is None else considered
    equal: dict[bytes, list[int]] = {}  # exact bytes, so that a hash collision joins nobody
    for row in _rows_with_equal_hash(vectors, rows):
        equal.setdefault(_canonical(vectors[row]).tobytes(), []).append(int(row))
    return [group for group in equal.values() if len(group) > 1]


def _canonical(block: NDArray[np.float32]) -> NDArray[np.float32]:
    """Equal numbers as equal bits: adding 0 turns -0.0 into 0.0."""
    return np.ascontiguousarray(block, np.float32) + np.float32(0.0)


def _rows_with_equal_hash(vectors: NDArray[np.float32], considered: NDArray[np.int64]) -> NDArray[np.int64]:
    """Ascending rows whose hash occurs more than once: all duplicates and, once in a blue moon, a false candidate.

    Multilinear hashing (Thorup, arXiv:1504.06804): sum of the 32-bit words times fixed random 64-bit keys.
    """
    keys = np.random.PCG64(_KEYS_SEED).random_raw(vectors.shape[1])
    hashes = np.empty(len(considered), np.uint64)
    for start in range(0, len(considered), BLOCK_ROWS):
        rows = considered[start : start + BLOCK_ROWS]
        words = _canonical(vectors[rows]).view(np.uint32)
        hashes[start : start + BLOCK_ROWS] = words.astype(np.uint64) @ keys
    candidates: NDArray[np.int64] = considered[pl.Series(hashes).is_duplicated().to_numpy()]
    return candidates
