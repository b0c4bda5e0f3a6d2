"""Greedy k-centre selection: again and again the sample farthest from all selected ones.

T. Gonzalez, "Clustering to minimize the maximum intercluster distance", 1985: at most twice the optimal radius. As
selection of training data: O. Sener, S. Savarese, "Active learning for convolutional neural networks: a core-set
approach", 2018. The picks are those of a plain float64 loop; the work is not (see `farthest_point`).
"""

import numpy as np
from numpy.typing import NDArray

from selection_assets.stages.selection.distances.checked_inputs import (
    checked_bounds,
    checked_candidates,
    checked_embeddings,
    checked_rows,
)
from selection_assets.stages.selection.distances.highest_bounds import HighestBounds
from selection_assets.stages.selection.distances.nearest_selected import NearestSelected
from selection_assets.stages.selection.loops.farthest_from_mean import farthest_from_mean, farthest_from_mean_in_threads
from selection_assets.stages.selection.loops.picks import (
    Picks,
    min_distance_sentence,
    n_samples_sentence,
    no_candidates_sentence,
)

# Values to look at, n·d·K, up to which a plain loop takes less time than loading the compiled kernels.
SMALL_PROBLEM = 50_000_000
# Rows of a band, a sixth of all within these bounds: a small one is soon used up, a large one is slow to look through.
_LEAST_BAND, _LARGEST_BAND = 4096, 32768


def farthest_point(
    embeddings: NDArray[np.floating],
    *,
    n_samples: int | None,
    min_distance: float | None,
    preselected: NDArray[np.int64] | None = None,
    candidates: NDArray[np.bool_] | None = None,
    seed: int,
) -> Picks:
    """Pick the row farthest from all selected rows until a condition stops it.

    embeddings: (n, d) finite values.
    n_samples: the number of new picks; None: no limit.
    min_distance: stop when the best row left is nearer than this to a selected one. A row exactly at this distance,
        to float32 precision, is still picked; 0 stops nothing; None: no limit.
    preselected: rows that count as selected from the start.
    candidates: (n,) mask of rows that may be picked; None: all. Other rows have no influence unless pre-selected.
    seed: nothing here is random; the argument makes the call alike for all methods.

    With nothing pre-selected the first pick is the candidate farthest from the mean of the candidates. Of equally far
    rows the lowest index is picked. Raises InputError for NaN or infinite values (naming the rows).

    A distance to the nearest selected row only falls as rows are selected, so an old one is an upper bound: only the
    band of rows with the highest bounds is brought up to date, in one matrix product with the selected rows that they
    missed; the plain loop runs within the band until its best is below the bounds outside.
    """
    checked_bounds(n_samples, min_distance)
    embeddings = checked_embeddings(embeddings)
    before = checked_rows("preselected", preselected, len(embeddings))
    mask = checked_candidates(candidates, len(embeddings), before)
    limit = int(mask.sum()) if n_samples is None else min(n_samples, int(mask.sum()))
    if embeddings.size * (len(before) + limit) <= SMALL_PROBLEM:
        return plain_loop(embeddings, before, mask, limit, n_samples, min_distance)
    state = NearestSelected(embeddings, len(before) + limit)
    state.add(before)
    return farthest_point_loop(state, mask, limit, n_samples, min_distance)


def plain_loop(
    embeddings: NDArray[np.floating],
    before: NDArray[np.int64],
    mask: NDArray[np.bool_],
    limit: int,
    n_samples: int | None,
    min_distance: float | None,
) -> Picks:
    """`farthest_point` as its definition says it, in float64, for few rows. `mask` is used up."""
    x = embeddings.astype(np.float64)
    squared, nearest = np.full(len(x), np.inf), np.full(len(x), -1, np.int64)

    def see(row: int) -> None:
        difference = x - x[row]
        seen = np.einsum("ij,ij->i", difference, difference)
        nearer = seen < squared
        squared[nearer], nearest[nearer] = seen[nearer], row
        mask[row] = False

    for row in before:
        see(int(row))
    order: list[int] = []
    distance: list[float] = []
    near: list[int] = []
    least = np.float32(-1.0 if min_distance is None else min_distance)
    best = np.inf
    while len(order) < limit:
        if not order and not len(before):
            row, best = farthest_from_mean(embeddings, mask), np.nan
        else:
            row = int(np.argmax(np.where(mask, squared, -1.0)))
            best = float(squared[row])
            if np.float32(np.sqrt(best)) < least:
                break
        order.append(row)
        distance.append(float(np.sqrt(best)))
        near.append(int(nearest[row]))
        see(row)
    stop = _stop_sentence(len(order), limit, n_samples, float(least), best)
    return Picks(np.array(order, np.int64), np.array(distance), np.array(near, np.int64), stop)


def _stop_sentence(picked: int, limit: int, n_samples: int | None, least: float, best: float) -> str:
    """Why a loop stopped; `best` is the squared distance of the best row that was left."""
    if picked < limit:
        return min_distance_sentence(least, float(np.sqrt(best)))
    return n_samples_sentence(picked) if n_samples == picked else no_candidates_sentence(picked)


def farthest_point_loop(
    state: NearestSelected,
    mask: NDArray[np.bool_],
    limit: int,
    n_samples: int | None,
    min_distance: float | None,
) -> Picks:
    """The loop of `farthest_point` on checked input. `state` and `mask` are used up; `limit` is at most the number of
    candidates in `mask`."""
    from selection_assets.stages.selection.distances.distance_kernels import pick_within

    order, nearest = np.empty(limit, np.int64), np.empty(limit, np.int64)
    squared = np.empty(limit)
    k = 0
    if limit and not state.n_selected:
        order[0], squared[0], nearest[0] = farthest_from_mean_in_threads(state, mask), np.nan, -1
        mask[order[0]] = False
        state.add(order[:1])
        k = 1
    least = np.float32(-1.0 if min_distance is None else min_distance)
    highest = HighestBounds(state.squared, mask)
    size = _band_size(len(mask))
    best = np.inf
    while k < limit:
        band, threshold = highest.band(size)
        state.refresh(band, threshold)
        band = band[state.squared[band] >= threshold]
        if not len(band):
            continue
        best = state.squared[band].max()
        if np.float32(np.sqrt(best)) < least or best == 0:
            break
        if len(band) > size:
            band, threshold = _highest_rows(band, state.squared[band], size)
        band_squared, band_nearest, seen = state.squared[band], state.nearest[band], np.zeros(len(band), np.int64)
        before = k
        y, low = _bounds_within(state, band)
        k, computed, measured = pick_within(
            band, *state.vectors(band), y, low, band_squared, band_nearest, seen, threshold, least,
            order, squared, nearest, k,
        )  # fmt: skip
        state.distances_computed += computed
        state.distances_exact += measured
        state.seen[band] = state.n_selected + seen
        state.squared[band], state.nearest[band] = band_squared, band_nearest
        state.add(order[before:k])
        mask[order[before:k]] = False
    if k < limit and best == 0 and least <= 0:
        # Every row left equals a selected one. They bring nothing new, and are in the order of their index.
        left = np.flatnonzero(mask)[: limit - k]
        order[k:limit], squared[k:limit], nearest[k:limit] = left, 0, state.nearest[left]
        k = limit
    stop = _stop_sentence(k, limit, n_samples, float(least), float(best))
    return Picks(order[:k], np.sqrt(squared[:k]), nearest[:k], stop)


def _bounds_within(state: NearestSelected, band: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Coordinates and `low` of the rows of a band; none where all coordinates would have to be copied for it."""
    if state.bounds.leading:
        return state.bounds.of(band, state.buffer("band", (len(band), state.bounds.p + 1)))
    return np.empty((len(band), 1), np.float32), np.zeros(len(band), np.float32)


def _band_size(n: int) -> int:
    return max(_LEAST_BAND, min(n // 6, _LARGEST_BAND))


def _highest_rows(rows: NDArray[np.int64], values: NDArray[np.float64], count: int) -> tuple[NDArray[np.int64], float]:
    """At most `count` rows of highest value, ascending, and a threshold that they reach.

    A row left out must not be as good as one kept that falls to the threshold later, whatever their indices. So of rows
    of equal value either all are left out, or they are the best there are, and the first of them are kept.
    """
    lowest = np.partition(values, len(values) - count)[len(values) - count]
    above = values > lowest
    if above.any():
        return rows[above], float(np.nextafter(lowest, np.inf))
    return rows[:count], float(lowest)


def largest_distance(state: NearestSelected, mask: NDArray[np.bool_]) -> float:
    """The coverage radius: the largest distance of a row of `mask` to the nearest selected row; 0 when it is empty."""
    if not mask.any():
        return 0.0
    if not state.n_selected:
        return float("inf")
    highest = HighestBounds(state.squared, mask)
    while True:
        band, threshold = highest.band(_band_size(len(mask)))
        state.refresh(band, threshold)
        best = float(state.squared[band].max())
        if best >= threshold:
            return float(np.sqrt(best))
