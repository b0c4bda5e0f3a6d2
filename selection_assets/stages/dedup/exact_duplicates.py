"""Exact duplicates: samples whose embeddings are equal in every float32 value, found in one pass over the rows.

Near duplicates are the business of selection (`min_distance`), not of this module.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

BLOCK_ROWS = 65_536
_KEYS_SEED = 20_231


@dataclass(frozen=True)
class ExactDuplicates:
    """Per row (N,): the row that stays for it (itself where it stays), and its set (-1 where it has no duplicate)."""

    kept: NDArray[np.int64]
    group: NDArray[np.int64]
    # Dropped rows whose content hash equals that of the row kept for them; None where no hashes were given.
    confirmed_by_content: int | None

    @property
    def dropped_rows(self) -> NDArray[np.int64]:
        return np.flatnonzero(self.kept != np.arange(len(self.kept)))

    @property
    def unique_rows(self) -> NDArray[np.int64]:
        return np.flatnonzero(self.kept == np.arange(len(self.kept)))


def exact_duplicates(
    vectors: NDArray[np.float32],
    *,
    masked: NDArray[np.bool_] | None = None,
    preferred: NDArray[np.bool_] | None = None,
    lasting: NDArray[np.bool_] | None = None,
    content_hashes: Sequence[str] | pl.Series | None = None,
) -> ExactDuplicates:
    """Sets of equal rows of `vectors` (N, d), finite, possibly memory-mapped; -0.0 equals 0.0.

    Args:
        masked: (N,) rows to ignore: they stay, belong to no set and replace nobody.
        preferred: (N,) pre-selected rows: the first of them in a set stays, otherwise the set's first row. Exactly one
            row of a set stays, also where several are preferred.
        lasting: (N,) members of a datapool: all of them stay, and the first of them in a set for its other rows.
        content_hashes: (N,) hashes of the image files, to count how many duplicates are equal byte for byte.

    Sets are numbered from 0 in the order of their first rows. Time O(N d), memory O(N) plus the equal rows.
    """
    count = len(vectors)
    kept, group = np.arange(count), np.full(count, -1, np.int64)
    considered = np.arange(count) if masked is None else np.flatnonzero(~masked)
    equal: dict[bytes, list[int]] = {}  # exact bytes, so that a hash collision joins nobody
    for row in _rows_with_equal_hash(vectors, considered):
        equal.setdefault(_canonical(vectors[row]).tobytes(), []).append(int(row))

    sets = (rows for rows in equal.values() if len(rows) > 1)
    for number, rows in enumerate(sets):
        stays = rows[0] if preferred is None else next((row for row in rows if preferred[row]), rows[0])
        members = [] if lasting is None else [row for row in rows if lasting[row]]
        kept[rows], group[rows] = (members[0] if members else stays), number
        kept[members] = members

    confirmed = None
    if content_hashes is not None:
        hashes = pl.Series(content_hashes, dtype=pl.String)
        dropped = np.flatnonzero(kept != np.arange(count))
        confirmed = int((hashes[dropped] == hashes[kept[dropped]]).sum())
    return ExactDuplicates(kept, group, confirmed)


def _canonical(block: NDArray[np.float32]) -> NDArray[np.float32]:
    """Equal numbers as equal bits: adding 0 turns -0.0 into 0.0."""
    return np.ascontiguousarray(block, np.float32) + np.float32(0.0)


def _rows_with_equal_hash(vectors: NDArray[np.float32], considered: NDArray[np.int64]) -> NDArray[np.int64]:
    """Ascending rows whose hash occurs more than once: all duplicates and, once in a blue moon, a false candidate.

    Multilinear hashing (Thorup, arXiv:1504.06804): sum of the 32-bit words times fixed random 64-bit keys.
    """
    keys = np.random.PCG64(_KEYS_SEED).random_raw(vectors.shape[1]) | np.uint64(1)
    hashes = np.empty(len(considered), np.uint64)
    for start in range(0, len(considered), BLOCK_ROWS):
        rows = considered[start : start + BLOCK_ROWS]
        words = _canonical(vectors[rows]).view(np.uint32)
        hashes[start : start + BLOCK_ROWS] = words.astype(np.uint64) @ keys
    candidates: NDArray[np.int64] = considered[pl.Series(hashes).is_duplicated().to_numpy()]
    return candidates
