"""PREDICTIONS: a column of class vectors, as shares to balance or as counts of objects."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.errors import InputError
from configs.strategies import predictions
from configs.strategies.predictions import PredictionsName
from configs.strategies.strategy_config import StrategyConfig
from configs.validated import shown
from selection_assets.stages.selection.goals import columns
from selection_assets.stages.selection.goals.sample_columns import EXTRA, LARGEST, FoundColumns, absent


@dataclass(frozen=True)
class ClassDistribution:
    """A column of class vectors, one number per class (a list or array of `len(classes)` numbers, null: nothing)."""

    kind: ClassVar[str] = predictions.CLASS_DISTRIBUTION
    column: str
    classes: tuple[str, ...]

    @property
    def detail(self) -> str:
        return self.column

    def class_vectors(
        self, table: pl.DataFrame, considered: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], tuple[str, ...]]:
        """(n, c) the amounts of BALANCE and the names of the classes. Raises InputError as `columns.class_vectors`."""
        return columns.class_vectors(table, self.column, self.classes, considered), self.classes


@dataclass(frozen=True)
class CategoryCount:
    """A column of object counts, one number per class; the value is their sum over `categories` (empty: all)."""

    kind: ClassVar[str] = predictions.CATEGORY_COUNT
    column: str
    classes: tuple[str, ...]
    categories: tuple[str, ...] = ()

    @property
    def detail(self) -> str:
        return self.column

    def numbers(self, table: pl.DataFrame, considered: NDArray[np.bool_], seed: int) -> NDArray[np.float64]:
        """(n,) the counts of WEIGHTS and THRESHOLD. Raises InputError for an unknown category, and as
        `columns.class_vectors`."""
        return category_counts(
            columns.class_vectors(table, self.column, self.classes, considered),
            self.classes,
            self.categories,
            self.column,
        )


def category_counts(
    vectors: NDArray[np.float64], classes: Sequence[str], categories: Sequence[str], name: str
) -> NDArray[np.float64]:
    """(n,) sum of the class vectors (n, c) over `categories` (all when empty). InputError for an unknown category."""
    unknown = [category for category in categories if category not in classes]
    if unknown:
        raise InputError(
            f"selection: category {unknown[0]!r} of {name!r} does not exist; there are: {columns.names_text(classes)}"
        )
    chosen = [i for i, label in enumerate(classes) if not categories or label in categories]
    total: NDArray[np.float64] = vectors[:, chosen].sum(axis=1)
    return total


def read(found: FoundColumns, entry: StrategyConfig, where: str) -> ClassDistribution | CategoryCount:
    """The columns of the task, joined to one."""
    given = entry.input
    name = str(given.name).lower()
    lists, classes = class_vectors(found.samples, str(given.task), name, where)
    column = found.add(predictions.detail(given), lists)
    if given.name is PredictionsName.CLASS_DISTRIBUTION:
        return ClassDistribution(column, classes)
    return CategoryCount(column, classes, tuple(given.categories or ()))


def class_vectors(samples: pl.DataFrame, task: str, name: str, where: str) -> tuple[pl.Series, tuple[str, ...]]:
    """(n,) lists of one number per class, and the classes in the order of the columns; an empty value counts as 0.

    name: class_distribution or category_count. Raises InputError where there is no such column, or a value that is no
    number of at least 0.
    """
    prefix = f"{EXTRA}{task}.{name}."
    found = [column for column in samples.columns if column.startswith(prefix)]
    if not found:
        raise absent(samples, f"{task}.{name}.<class>", where, predictions.COMES)
    for column in found:
        series = samples[column]
        bad = ~series.is_between(0, LARGEST) if series.dtype.is_numeric() else series.is_not_null()
        bad = bad.fill_null(False)
        if bad.any():
            row = int(bad.arg_true()[0])
            raise InputError(
                f"{where}: {column.removeprefix(EXTRA)} of {samples['filename'][row]} is {shown(series[row])}; give a "
                f"number from 0 to {LARGEST:g}"
            )
    lists = samples.select(pl.concat_list(pl.col(found).cast(pl.Float64).fill_null(0.0))).to_series()
    return lists, tuple(column.removeprefix(prefix) for column in found)
