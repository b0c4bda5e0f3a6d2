"""What a selection loop hands back: the picks in order, each with the selected row that stood nearest to it.

Only the record belongs here; how picks are found is the business of the modules next door.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

N_SAMPLES_REACHED = "n_samples reached"
MIN_DISTANCE_REACHED = "min_distance reached"
NO_CANDIDATES_LEFT = "no candidates left"


@dataclass(frozen=True)
class Picks:
    """k new picks of one loop. Rows are indices into the embeddings that the loop was given.

    order: (k,) rows in pick order, without the rows that were selected beforehand.
    distance: (k,) Euclidean distance to the nearest row selected before, in the unit of the embeddings;
        nan where none was selected before, or where there were no embeddings.
    nearest: (k,) that row (of equally near ones the one selected first), -1 where there was none.
    stop_reason: one sentence; it starts with one of the constants of this module.
    """

    order: NDArray[np.int64]
    distance: NDArray[np.float64]
    nearest: NDArray[np.int64]
    stop_reason: str


def n_samples_sentence(n_samples: int) -> str:
    return f"{N_SAMPLES_REACHED}: {n_samples} new samples were asked for"


def min_distance_sentence(min_distance: float, best: float) -> str:
    return f"{MIN_DISTANCE_REACHED}: the best sample left is {best:.6g} away, less than {min_distance:g}"


def no_candidates_sentence(picked: int) -> str:
    return f"{NO_CANDIDATES_LEFT}: all {picked} samples that could be selected are selected"
