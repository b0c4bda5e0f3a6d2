"""What a selection returns: the picks with their reasons, why it stopped, and what was reached of what was asked.

Only the records belong here.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray


@dataclass(frozen=True)
class GoalOutcome:
    """What one goal asked for and what was reached, as plain numbers ready for a report."""

    label: str
    strength: float
    asked: dict[str, Any]
    reached: dict[str, Any]


@dataclass(frozen=True, eq=False)
class SelectionResult:
    """The outcome of one selection; rows are those of the input table.

    picks: one row per new pick in pick order: `row`; `order` from 0; `nearest` (row selected before that is nearest,
        null where none) and `distance` to it at that time (null without embeddings); one column per goal, named by its
        label, with the gain: the distance for DIVERSITY, the value for WEIGHTS, SIMILARITY and TYPICALITY, the rise
        of the agreement with the target (1 - half the sum of absolute differences of shares) for BALANCE.
    stop_reason: one sentence, see `picks` for its beginning.
    skipped: all remaining samples were kept, nothing was chosen.
    goals: one outcome per goal, in the order of the request.
    removed_by: (n,) index of the goal whose threshold removed the row, -1 for the others.
    messages, warnings: lines for the log.
    """

    picks: pl.DataFrame
    stop_reason: str
    skipped: bool
    goals: tuple[GoalOutcome, ...]
    removed_by: NDArray[np.int16]
    messages: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def order(self) -> NDArray[np.int64]:
        """(k,) rows of the new picks in pick order."""
        return self.picks["row"].to_numpy()
