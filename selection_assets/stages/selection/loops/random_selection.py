"""Uniform random selection without replacement, with an optional minimum distance between the picks.

The baseline that every other method is compared with; nothing here looks for good samples.
"""

import numpy as np
from numpy.typing import NDArray

from configs.errors import InputError
from selection_assets.stages.selection.distances.checked_inputs import (
    checked_bounds,
    checked_candidates,
    checked_embeddings,
    checked_rows,
)
from selection_assets.stages.selection.distances.nearest_selected import Band, NearestSelected, distances_when_picked
from selection_assets.stages.selection.goals.random import random_weights
from selection_assets.stages.selection.loops.picks import (
    MIN_DISTANCE_REACHED,
    Picks,
    n_samples_sentence,
    no_candidates_sentence,
)

_BLOCK = 512


def random_selection(
    embeddings: NDArray[np.floating] | None,
    n: int,
    *,
    n_samples: int | None,
    min_distance: float | None,
    preselected: NDArray[np.int64] | None,
    candidates: NDArray[np.bool_] | None,
    seed: int,
) -> Picks:
    """Pick rows in a random order that depends on `seed` and on the number of rows alone.

    embeddings: (n, d) finite values, or None where there are none: then no distance is known or asked for.
    n: the number of rows.
    n_samples: the number of new picks; None: no limit.
    min_distance: a row nearer than this (to float32 precision) to a selected or pre-selected one is passed over;
        None: no limit.
    preselected, candidates: as in `farthest_point`.

    Raises InputError for NaN or infinite values, and for a `min_distance` above 0 without embeddings.
    """
    checked_bounds(n_samples, min_distance)
    if embeddings is None and min_distance:
        raise InputError("min_distance: distances need embeddings, and there are none; set n_samples instead")
    if embeddings is not None and len(checked_embeddings(embeddings)) != n:
        raise InputError(f"embeddings: {len(embeddings)} rows for {n} samples")
    before = checked_rows("preselected", preselected, n)
    rows = np.flatnonzero(checked_candidates(candidates, n, before))
    rows = rows[np.argsort(-random_weights(n, seed)[rows], kind="stable")]
    limit = len(rows) if n_samples is None else min(n_samples, len(rows))
    if embeddings is None:
        nothing = np.full(limit, -1, np.int64)
        return Picks(rows[:limit], np.full(limit, np.nan), nothing, _stop(n_samples, limit))

    if not min_distance:
        distance, nearest = distances_when_picked(embeddings, before, rows[:limit])
        return Picks(rows[:limit], distance, nearest, _stop(n_samples, limit))
    state = NearestSelected(embeddings, len(before) + limit)
    state.add(before)
    picked: list[NDArray[np.int64]] = []
    k = 0
    passed_over = 0
    for start in range(0, len(rows), _BLOCK):
        if k == limit:
            break
        block = rows[start : start + _BLOCK]
        accepted = _spaced_prefix(state, block, min_distance, limit - k)
        passed_over += len(block) - len(accepted)
        picked.append(accepted)
        k += len(accepted)
    order = np.concatenate(picked) if picked else np.empty(0, np.int64)
    distance = np.sqrt(state.squared[order])
    distance[np.isinf(distance)] = np.nan
    stop = _stop(n_samples, k)
    if passed_over and k != n_samples:
        stop = f"{MIN_DISTANCE_REACHED}: all samples left are nearer than {min_distance:g} to a selected one"
    return Picks(order, distance, state.nearest[order], stop)


def _spaced_prefix(
    state: NearestSelected, block: NDArray[np.int64], min_distance: float, limit: int
) -> NDArray[np.int64]:
    """Those of `block` that are picked, in order; their entries in `state` then hold what was nearest at the time."""
    band = Band(state, block)
    threshold = np.float32(min_distance)
    accepted: list[int] = []
    for place in range(len(block)):
        if len(accepted) == limit:
            break
        if np.float32(np.sqrt(band.squared[place])) < threshold:
            continue
        row = int(block[place])
        accepted.append(row)
        squared, nearest = band.squared[place], band.nearest[place]
        band.see(row)
        band.squared[place], band.nearest[place] = squared, nearest
    band.leave()
    state.add(np.array(accepted, np.int64))
    return np.array(accepted, np.int64)


def _stop(n_samples: int | None, picked: int) -> str:
    return n_samples_sentence(picked) if picked == n_samples else no_candidates_sentence(picked)
