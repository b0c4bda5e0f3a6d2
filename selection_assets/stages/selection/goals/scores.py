"""SCORES: a column of active-learning scores, see `scorers`."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.errors import InputError
from configs.strategies import scores
from configs.strategies.strategy_config import StrategyConfig
from selection_assets.stages.selection.goals import columns
from selection_assets.stages.selection.goals.sample_columns import FoundColumns, extra_column, finite_numbers


@dataclass(frozen=True)
class Scores:
    """A numeric column."""

    kind: ClassVar[str] = scores.KIND
    column: str

    @property
    def detail(self) -> str:
        return self.column

    def numbers(self, table: pl.DataFrame, considered: NDArray[np.bool_], seed: int) -> NDArray[np.float64]:
        """(n,) the numbers of WEIGHTS and THRESHOLD. Raises InputError as `columns.numbers`."""
        return columns.numbers(table, self.column, considered)


def read(found: FoundColumns, entry: StrategyConfig, where: str) -> Scores:
    """The column of the score."""
    name = scores.column(entry.input)
    return Scores(found.add(name, score(found.samples, name, where)))


def score(samples: pl.DataFrame, name: str, where: str) -> pl.Series:
    """(n,) Float64 from 0 to 1; 0 for masked samples and members of the datapool, whatever is said of them.

    Raises InputError, beginning with `where`, for a missing column and for other values.
    """
    values = finite_numbers(samples, extra_column(samples, name, where, scores.COMES), where)
    bad = ~values.is_between(0, 1)
    if bad.any():
        row = int(bad.arg_true()[0])
        raise InputError(
            f"{where}: the score of {samples['filename'][row]} is {values[row]}; give a number from 0 to 1"
        )
    return values
