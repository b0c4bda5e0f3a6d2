"""How well any selection covers its candidates: the radius after so many picks, for comparing methods in a report."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from selection_assets.stages.selection.distances.checked_inputs import (
    checked_candidates,
    checked_embeddings,
    checked_rows,
)
from selection_assets.stages.selection.distances.nearest_selected import NearestSelected
from selection_assets.stages.selection.loops.farthest_point import largest_distance


def coverage_radii(
    embeddings: NDArray[np.floating],
    order: NDArray[np.int64],
    counts: Sequence[int],
    *,
    preselected: NDArray[np.int64] | None = None,
    candidates: NDArray[np.bool_] | None = None,
) -> NDArray[np.float64]:
    """(len(counts),) the largest distance of a candidate to the nearest selected row after the first `count` picks.

    order (k,): rows in pick order; counts: ascending, at most k. inf where nothing is selected, 0 where all are.
    Only the rows that may be the farthest are measured, so this costs a part of count · n distances.
    """
    before = checked_rows("preselected", preselected, len(embeddings))
    mask = checked_candidates(candidates, len(embeddings), before)
    state = NearestSelected(checked_embeddings(embeddings), len(before) + len(order))
    state.add(before)
    radii = []
    done = 0
    for count in counts:
        more = order[done:count]
        state.add(more)
        mask[more] = False
        done = max(done, count)
        radii.append(largest_distance(state, mask))
    return np.array(radii)
