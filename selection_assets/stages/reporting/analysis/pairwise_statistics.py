"""Statistics and histogram of all pairwise L2 distances of a set of vectors.

The distances of n vectors are n(n-1)/2 numbers: they are computed block by block and counted into fine bins, so that
memory stays at a few blocks however large the matrix. Drawing them is the business of `plots/distances.py`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from selection_assets.stages.progress import track

FINE_BINS = 1_000_000
BLOCK_ELEMENTS = 4_000_000


@dataclass(frozen=True)
class PairwiseStatistics:
    """Distances of `n` samples, measured on `n_used` of them.

    With fewer than two samples there is no pair: the numbers are None and the histogram is empty.

    Attributes:
        n: samples in the set.
        n_used: samples whose distances were computed (all, or a seeded random subset).
        pairs: number of distances.
        mean, min, max, p10, p90: of the distances. `mean`, `min` and `max` are exact, the percentiles are exact to
            half a fine bin, a millionth of the largest possible distance.
        fine_counts: (FINE_BINS,) int64 counts of distances in equal bins over [0, fine_upper].
    """

    n: int
    n_used: int
    pairs: int
    mean: float | None
    min: float | None
    max: float | None
    p10: float | None
    p90: float | None
    fine_counts: NDArray[np.int64]
    fine_upper: float

    def histogram(self, edges: NDArray[np.float64]) -> NDArray[np.int64]:
        """(b + 1,) ascending edges -> (b,) counts; a fine bin goes where its middle lies."""
        used = np.flatnonzero(self.fine_counts)
        middles = (used + 0.5) * (self.fine_upper / FINE_BINS)
        return np.histogram(middles, bins=edges, weights=self.fine_counts[used])[0].astype(np.int64)

    def share_below(self, distance: float) -> float:
        """Share of the pairs that are closer than `distance`, in [0, 1]; 0 without pairs."""
        last = int(np.ceil(distance / self.fine_upper * FINE_BINS)) if self.fine_upper > 0 else 0
        return float(self.fine_counts[:last].sum() / self.pairs) if self.pairs else 0.0


def rows_within_memory(n: int, memory_requirement_in_gb: float) -> int:
    """Rows of which the float32 distance matrix fits in the given memory: sqrt(GB * 1e9 / 4), at most `n`."""
    return min(n, max(2, int(np.sqrt(memory_requirement_in_gb * 1e9 / 4))))


def pairwise_statistics(
    embeddings: NDArray[np.float32], memory_requirement_in_gb: float = 2.0, seed: int = 0
) -> PairwiseStatistics:
    """Statistics of the L2 distances of all pairs of rows.

    Args:
        embeddings: (n, d) vectors.
        memory_requirement_in_gb: bound on the size of the float32 distance matrix. A larger set is represented by a
            random subset that fits. The matrix itself is never held.
        seed: of that subset.

    The products are summed in float64 on centred vectors (|a-b|^2 = |a|^2 + |b|^2 - 2ab, unchanged by the shift), which
    keeps the absolute error of a distance near 1e-8 of the spread: near duplicates stay near zero instead of drowning
    in float32 cancellation. The smallest distance is computed again from the difference of its two vectors.
    """
    n = len(embeddings)
    n_used = rows_within_memory(n, memory_requirement_in_gb)
    rows = np.arange(n)
    if n_used < n:
        rows = np.sort(np.random.default_rng(seed).choice(n, n_used, replace=False))
    x = embeddings[rows].astype(np.float64)
    if n_used < 2:
        return PairwiseStatistics(n, n_used, 0, None, None, None, None, None, np.zeros(FINE_BINS, np.int64), 0.0)
    x -= x.mean(axis=0)
    squares = np.einsum("ij,ij->i", x, x)
    upper = float(2 * np.sqrt(squares.max())) * (1 + 1e-9) or 1.0  # no two points of a ball are further apart
    counts = np.zeros(FINE_BINS, np.int64)
    total, largest, smallest, closest = 0.0, 0.0, np.inf, (0, 1)
    step = max(1, BLOCK_ELEMENTS // n_used)
    blocks = [(start, min(start + step, n_used - 1)) for start in range(0, n_used - 1, step)]
    for start, stop in track(blocks, "Pairwise distances", len(blocks), "blocks"):
        others = x[start + 1 :]  # (m, d): row i of the block pairs with every later row
        d2 = squares[start:stop, None] + squares[None, start + 1 :] - 2 * (x[start:stop] @ others.T)
        later = np.arange(d2.shape[1])[None, :] >= np.arange(stop - start)[:, None]
        distances = np.sqrt(np.maximum(d2, 0.0))
        first = int(np.argmin(np.where(later, distances, np.inf)))
        a, b = divmod(first, d2.shape[1])
        if distances[a, b] < smallest:
            smallest, closest = float(distances[a, b]), (start + a, start + 1 + b)
        values = distances[later]
        total += float(values.sum())
        largest = max(largest, float(values.max()))
        counts += np.bincount((values * (FINE_BINS / upper)).astype(np.int64), minlength=FINE_BINS)[:FINE_BINS]
    pairs = n_used * (n_used - 1) // 2
    smallest = float(np.linalg.norm(x[closest[0]] - x[closest[1]]))
    largest = max(largest, smallest)
    p10, p90 = (float(np.clip(_percentile(counts, upper, q), smallest, largest)) for q in (0.1, 0.9))
    return PairwiseStatistics(n, n_used, pairs, total / pairs, smallest, largest, p10, p90, counts, upper)


def _percentile(counts: NDArray[np.int64], upper: float, q: float) -> float:
    """The q-th quantile by linear interpolation between the two nearest ranks, as numpy and scipy define it."""
    cumulative = np.cumsum(counts)
    rank = q * (cumulative[-1] - 1)
    low, high = np.searchsorted(cumulative, [np.floor(rank) + 0.5, np.ceil(rank) + 0.5])
    part = rank - np.floor(rank)
    return float(((1 - part) * (low + 0.5) + part * (high + 0.5)) * upper / FINE_BINS)
