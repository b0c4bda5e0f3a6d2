"""How well the first picks represent the whole dataset, and how a random choice of the same size would.

The coverage distance of a sample is its L2 distance to the nearest pick; the largest one is the covering radius that
greedy k-center selection minimises (Gonzalez 1985, "Clustering to minimize the maximum intercluster distance").
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from selection_assets.stages.selection.coverage import coverage_radii

MAX_ROWS = 4000
MIN_ROWS = 256
ROWS_TIMES_PICKS = 2e8
POINTS = 40


@dataclass(frozen=True)
class CoverageCurve:
    """Coverage after `picks[i]` picks: median and 90th percentile of the coverage distances, and the covering radius,
    which is their maximum over all samples; all (p,)."""

    picks: NDArray[np.int64]
    median: NDArray[np.float64]
    p90: NDArray[np.float64]
    radius: NDArray[np.float64]


def coverage_curve(
    embeddings: NDArray[np.float32], rows: NDArray[np.int64], picks: NDArray[np.int64], seed: int = 0
) -> CoverageCurve:
    """Coverage of `rows` by growing prefixes of `picks`.

    Args:
        embeddings: (n, d) vectors.
        rows: (r,) the samples to be covered. More than about 2e8 / len(picks) rows (at most 4000, at least 256) are
            represented by a seeded random subset; the radius is exact nevertheless.
        picks: (p,) rows in the order in which they were picked, p >= 1.
        seed: of the subset.
    """
    limit = int(np.clip(ROWS_TIMES_PICKS / len(picks), MIN_ROWS, MAX_ROWS))
    covered = rows
    if len(rows) > limit:
        rows = np.sort(np.random.default_rng(seed).choice(rows, limit, replace=False))
    x = embeddings[rows].astype(np.float64)
    centre = x.mean(axis=0)
    x -= centre
    squares = np.einsum("ij,ij->i", x, x)
    nearest = np.full(len(rows), np.inf)
    checkpoints = np.unique(np.geomspace(1, len(picks), POINTS).round().astype(np.int64))
    found = np.empty((3, len(checkpoints)))
    start = 0
    for i, stop in enumerate(checkpoints):
        for low in range(start, stop, 1024):
            y = embeddings[picks[low : min(low + 1024, stop)]].astype(np.float64) - centre
            d2 = squares[:, None] + np.einsum("ij,ij->i", y, y)[None, :] - 2 * (x @ y.T)
            np.minimum(nearest, d2.min(axis=1), out=nearest)
        start = int(stop)
        distances = np.sqrt(np.maximum(nearest, 0.0))
        found[:, i] = np.median(distances), np.percentile(distances, 90), distances.max()
    median, p90, radius = found
    if len(covered) > len(rows):
        candidates = np.zeros(len(embeddings), np.bool_)
        candidates[covered] = True
        radius = coverage_radii(embeddings, picks, checkpoints.tolist(), candidates=candidates)
    return CoverageCurve(checkpoints, median, p90, radius)
