"""The numbers that WEIGHTS and THRESHOLD look at, whatever input they come from."""

from typing import Protocol, runtime_checkable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from selection_assets.stages.selection.goals.request import Goal
from selection_assets.stages.selection.goals.scene import Scene


@runtime_checkable
class NumericInput(Protocol):
    """An input with one number per sample."""

    def numbers(self, table: pl.DataFrame, considered: NDArray[np.bool_], seed: int) -> NDArray[np.float64]: ...


def numbers(goal: Goal, scene: Scene) -> NDArray[np.float64]:
    """(n,) finite numbers. Raises InputError as the input does, for columns that are missing or hold something else."""
    assert isinstance(goal.input, NumericInput)
    return goal.input.numbers(scene.table, scene.considered, scene.request.seed)
