"""What all goals of a selection look at, and a goal at work on it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.errors import InputError
from selection_assets.stages.selection.distances.checked_inputs import checked_embeddings
from selection_assets.stages.selection.goals.potentials import Potential
from selection_assets.stages.selection.goals.request import Goal, ObjectEmbeddings, SelectionRequest
from selection_assets.stages.selection.selection_result import GoalOutcome

# The picks (`SelectionResult.picks`) -> what was asked for, what was reached.
Report = Callable[[pl.DataFrame], tuple[dict[str, Any], dict[str, Any]]]


@dataclass(frozen=True, eq=False)
class Scene:
    """What all goals look at.

    considered (n,): rows that count at all: candidates before thresholds, pre-selected rows and the datapool.
    selected: rows selected from the start; counted: those of them that count toward sums.
    picks_wanted: number of new picks, None where open.
    """

    table: pl.DataFrame
    embeddings: NDArray[np.floating] | None
    request: SelectionRequest
    considered: NDArray[np.bool_]
    selected: NDArray[np.int64]
    counted: NDArray[np.int64]
    picks_wanted: int | None = None
    warnings: list[str] = field(default_factory=list)

    def sample_embeddings(self, goal: Goal) -> NDArray[np.floating]:
        if self.embeddings is None:
            raise InputError(f"{goal.label}: there are no embeddings; run the embedding step or drop this strategy")
        return self.embeddings

    def objects(self, goal: Goal, task: str) -> ObjectEmbeddings:
        objects = self.request.objects.get(task)
        if objects is None:
            raise InputError(f"{goal.label}: there are no object embeddings of task {task!r}")
        checked_embeddings(objects.vectors)
        if len(objects.vectors) != len(objects.sample):
            raise InputError(
                f"{goal.label}: {len(objects.vectors)} object embeddings for {len(objects.sample)} objects"
            )
        if len(objects.sample) and not 0 <= objects.sample.min() <= objects.sample.max() < self.table.height:
            raise InputError(f"{goal.label}: an object belongs to a sample that does not exist")
        return objects

    def means(self, values: NDArray[np.float64], picks: pl.DataFrame) -> dict[str, float]:
        """The mean value (n,) of the picks and of the input; nan where there is none."""
        of_input = self.considered.copy()
        of_input[np.setdiff1d(self.selected, self.counted)] = False  # of the datapool only the embeddings are known
        order = picks["row"].to_numpy()
        return {
            "mean_of_picks": float(values[order].mean()) if len(order) else float("nan"),
            "mean_of_input": float(values[of_input].mean()) if of_input.any() else float("nan"),
        }


@dataclass(frozen=True, eq=False)
class Term:
    """A goal at work: its potential, and what it reports on the new picks."""

    goal: Goal
    potential: Potential
    report: Report

    def outcome(self, picks: pl.DataFrame) -> GoalOutcome:
        return GoalOutcome(self.goal.label, self.goal.strength, *self.report(picks))
