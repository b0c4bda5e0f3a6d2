"""METADATA: a column of numbers for WEIGHTS and THRESHOLD; of text, integers or booleans for BALANCE."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.errors import InputError
from configs.strategies import metadata
from configs.strategies.metadata import MEASURED
from configs.strategies.strategy_config import StrategyConfig, StrategyType
from selection_assets.stages.selection.goals import columns
from selection_assets.stages.selection.goals.sample_columns import EXTRA, FoundColumns, extra_column, finite_numbers

_LARGEST_INTEGER = 2.0**53


@dataclass(frozen=True)
class Metadata:
    """A column."""

    kind: ClassVar[str] = metadata.KIND
    column: str

    @property
    def detail(self) -> str:
        return self.column

    def numbers(self, table: pl.DataFrame, considered: NDArray[np.bool_], seed: int) -> NDArray[np.float64]:
        """(n,) the numbers of WEIGHTS and THRESHOLD. Raises InputError as `columns.numbers`."""
        return columns.numbers(table, self.column, considered)

    def class_vectors(
        self, table: pl.DataFrame, considered: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], tuple[str, ...]]:
        """(n, c) the classes of BALANCE, one of each sample, and their names. InputError as `columns.categories`."""
        return columns.categories(table, self.column, considered)


def read(found: FoundColumns, entry: StrategyConfig, where: str) -> Metadata:
    """The column of the key, as classes or as numbers."""
    key = str(entry.input.key)
    if entry.strategy.type is StrategyType.BALANCE:
        return Metadata(found.add(key, metadata_classes(found.samples, key, where), " (classes)"))
    return Metadata(found.add(key, metadata_numbers(found.samples, key, where)))


def metadata_numbers(samples: pl.DataFrame, key: str, where: str) -> pl.Series:
    """(n,) Float64 of a numeric metadata key; 0 where a sample is masked or in the datapool. Raises InputError,
    beginning with `where`, for a missing column and for what is no finite number."""
    return finite_numbers(samples, _column(samples, key, where), where)


def metadata_classes(samples: pl.DataFrame, key: str, where: str) -> pl.Series:
    """(n,) the column of a categorical metadata key as text, integers or booleans; null: no class.

    Raises InputError for a missing column, and for numbers with fractions.
    """
    column = _column(samples, key, where)
    if not column.dtype.is_float():
        return column
    values = column.drop_nulls()
    whole = (values.round() == values) & (values.abs() < _LARGEST_INTEGER) & values.is_finite()
    if not whole.all():
        other = values.filter(~whole)[0]
        raise InputError(f"{where}: BALANCE needs text, integers or booleans; {key} holds {other}")
    return column.cast(pl.Int64)


def _column(samples: pl.DataFrame, key: str, where: str) -> pl.Series:
    measured = samples[MEASURED[key]] if key in MEASURED else None
    given = f"{EXTRA}{key}" in samples.columns
    if measured is not None and measured.null_count() < len(measured) and not given:
        return measured
    if given:
        return samples[f"{EXTRA}{key}"]
    if measured is not None:
        raise InputError(
            f"{where}: {key} is measured on images, and none were read; put it in a column {key} of the embeddings file"
        )
    if key.startswith("lightly."):
        raise InputError(f"{where}: {key} is not measured; there are: {', '.join(MEASURED)}")
    return extra_column(samples, key, where, metadata.COMES)
