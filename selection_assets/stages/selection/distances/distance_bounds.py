"""Lower bounds of squared distances between rows, at a fraction of the work of the distances.

Most pairs of rows need no distance, only the certainty that they are farther apart than some limit. Seen from the
middle of the data, coordinates along a few orthogonal directions never add up to more than the whole distance; where
the data vary mostly along these directions they come close to it. Which directions, and how many, is learnt from a
sample (principal components); data without such directions keep all their coordinates.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_UNIT = 2.0**-24  # rounding unit of float32
_HALF = 2.0**-11  # of float16
_LARGE = 2.0**12  # the longest row of the sample in the unit of the coordinates kept
_SAMPLE = 2048  # rows that estimate the middle of the data and the directions
_PROBES = 256  # of these rows, whose distances say how many coordinates are enough
_FAR = 64  # of these, the ones farthest from all others: a farthest-point loop deals with such rows
_SHARE = 0.4  # of the coordinates, at most: at two bytes each their copy stays small beside the data
_STEP = 8  # coordinates
_ROWS = 8192  # projected together
# Costs relative to one coordinate in a matrix product, measured: of reading a bound, and of a pair looked at alone.
_COST_OF_BOUND = 8
_COST_ALONE = 800


class DistanceBounds:
    """For rows i, j: low[i] + low[j] - 2 y[i]·y[j] is at most their squared distance, in float32, whatever the order
    of summation.

    y (n, p) are coordinates as seen from the middle of the data; low (n,) their squared length, lowered by what
    rounding can add. Only with p < d are they kept for all rows, in float16, otherwise they are made when asked for.

    Rounding, with u = 2⁻²⁴, v = 2⁻¹¹, z = x - middle, S = |z_i| + |z_j|: a sum of m products has at most the relative
    error m·u, so coordinates are off by (√p (d + 2) u + v) |z| = η |z|, and those too small for float16 by a = √p 2⁻²⁵
    of their unit. A squared distance is then off by at most 2.1 η S² + 4 a S + 4 a², and 4 a S is at most
    2²¹ a² + 2⁻¹⁹ S². S² is at most 2 (|z_i|² + |z_j|²). The product of the coordinates adds
    (2 (p + 1) + 40) u (|z_i|² + |z_j|²) with all that follows.
    """

    def __init__(
        self,
        embeddings: NDArray[np.floating],
        vectors: Callable[[NDArray[np.int64]], tuple[NDArray[np.floating], NDArray[np.int64]]],
        run: Callable[[Callable[[Any], Any], Sequence[Any]], Any],
        *,
        leading: bool,
    ) -> None:
        """embeddings (n, d); vectors: rows -> a matrix and their places in it; run: maps a function over blocks,
        several at a time; leading: whether so many distances follow that a pass over all rows pays off."""
        self._embeddings, self._vectors = embeddings, vectors
        n, d = embeddings.shape
        sample = embeddings[:: max(1, n // _SAMPLE)].astype(np.float64)
        middle = sample.mean(axis=0)
        sample -= middle
        self._origin = middle.astype(np.float32)
        self._axes = leading_axes(sample) if leading and n >= _SAMPLE else None
        if self._axes is None:
            self.p = d
            self._slack = np.float32((2 * (d + 1) + 40) * _UNIT)
            return
        self.p = p = self._axes.shape[1]
        self._slack = np.float32((2 * (p + 1) + 40 + 4.2 * np.sqrt(p) * (d + 4)) * _UNIT + 4.2 * _HALF + 2.0**-18)
        longest = float(np.sqrt((sample**2).sum(axis=1).max()))
        self._scale = np.float32(2.0 ** np.floor(np.log2(_LARGE / longest)))
        self._least = np.float32(2.0**22 * p * (2.0**-25 / float(self._scale)) ** 2)
        self._y, self._low = np.empty((n, p), np.float16), np.empty(n, np.float32)
        run(self._project, [slice(start, start + _ROWS) for start in range(0, n, _ROWS)])

    @property
    def leading(self) -> bool:
        """Whether the coordinates are few and at hand."""
        return self._axes is not None

    def of(
        self, rows: NDArray[np.int64], y: NDArray[np.float32] | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(r,) -> coordinates (r, p + 1), the last one 1, and `low` (r,). y (≥ r, p + 1): room for the coordinates."""
        from selection_assets.stages.selection.distances.distance_kernels import shift_rows

        y = np.empty((len(rows), self.p + 1), np.float32) if y is None else y[: len(rows)]
        if self._axes is not None:
            np.multiply(self._y[rows], 1 / self._scale, out=y[:, :-1])
            y[:, -1] = 1
            return y, self._low[rows]
        low = np.empty(len(rows), np.float32)
        shift_rows(*self._vectors(rows), self._origin, self._slack, y, low)
        return y, low

    def of_centres(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """(c,) -> (c, p + 1): -2y and `low`, so that the product with the coordinates of rows x is `low` - 2xc."""
        y, low = self.of(rows)
        y *= np.float32(-2)
        y[:, -1] = low
        return y

    def _project(self, part: slice) -> None:
        from selection_assets.stages.selection.distances.distance_kernels import lower_lengths

        assert self._axes is not None
        z = np.subtract(self._embeddings[part], self._origin, dtype=np.float32, casting="same_kind")
        with np.errstate(over="ignore"):  # too long for float16: infinite, and then never ruled out
            self._y[part] = z @ (self._axes * self._scale)
        lower_lengths(z, self._y[part].astype(np.float32), 1 / self._scale, self._slack, self._least, self._low[part])


def leading_axes(sample: NDArray[np.float64]) -> NDArray[np.float32] | None:
    """(s, d) rows around the origin -> (d, p) orthonormal directions of the largest variance, or None where all
    coordinates together cost less.

    p is the number of coordinates for which bounds and the pairs that pass them are least work. A pair passes whose
    bound is below the distance to the nearest neighbour in the sample, counted for rows that are far from all others.
    The subspace is found by two products with the covariance and a Rayleigh-Ritz step (N. Halko, P. Martinsson,
    J. Tropp, "Finding structure with randomness", 2011).
    """
    s, d = sample.shape
    most = int(d * _SHARE) // _STEP * _STEP
    if not most or s < _PROBES:
        return None
    covariance = sample.T @ sample
    if not np.isfinite(covariance).all() or not covariance.any():
        return None
    span = covariance @ (covariance @ np.random.default_rng(0).normal(size=(d, most + _STEP)))
    basis, _ = np.linalg.qr(span)
    _, vectors = np.linalg.eigh(basis.T @ covariance @ basis)
    axes: NDArray[np.float64] = basis @ vectors[:, ::-1][:, :most]
    probes = np.linspace(0, s - 1, _PROBES).astype(np.int64)
    apart = _squared_distances(sample[probes], sample)
    apart[np.arange(_PROBES), probes] = np.inf
    limit = apart.min(axis=1)
    far = np.argsort(-limit)[:_FAR]
    probes, limit = probes[far], limit[far, None]
    y = sample @ axes
    bound = np.zeros((_FAR, s))
    costs = []
    for stop in range(_STEP, most + 1, _STEP):
        part = y[:, stop - _STEP : stop]
        bound += _squared_distances(part[probes], part)
        costs.append(stop + float((bound < limit).mean()) * (_COST_ALONE + 2 * d))
    best = int(np.argmin(costs))
    if costs[best] + _COST_OF_BOUND > 0.7 * (d + _COST_OF_BOUND):
        return None
    return np.ascontiguousarray(axes[:, : (best + 1) * _STEP], np.float32)


def _squared_distances(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    squared: NDArray[np.float64] = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T
    return squared
