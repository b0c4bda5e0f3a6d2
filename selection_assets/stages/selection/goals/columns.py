"""Columns of the input table as checked arrays: numbers, class vectors, categories.

Here stands every check on metadata, scores and predictions that arrive as columns; what they are used for does not.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.errors import InputError


def _column(table: pl.DataFrame, name: str) -> pl.Series:
    if name not in table.columns:
        close = ", ".join(repr(column) for column in table.columns[:20])
        raise InputError(f"selection: there is no column {name!r}; there are: {close or 'none'}")
    return table[name]


def _rows(bad: NDArray[np.bool_]) -> str:
    rows = np.flatnonzero(bad)
    return ", ".join(map(str, rows[:10])) + (", …" if len(rows) > 10 else "")


def numbers(table: pl.DataFrame, name: str, considered: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(n,) float64. Raises InputError when the column is missing, not numeric, or null, NaN or infinite in a row that
    counts; other rows are 0 there."""
    series = _column(table, name)
    if not (series.dtype.is_numeric() or series.dtype == pl.Boolean):
        raise InputError(f"selection: column {name!r} holds {series.dtype}, not numbers; use BALANCE for categories")
    values = series.cast(pl.Float64).fill_null(np.nan).to_numpy().copy()
    bad = ~np.isfinite(values)
    if (bad & considered).any():
        raise InputError(f"selection: column {name!r} has no finite number in row {_rows(bad & considered)}")
    values[bad] = 0.0
    return values


def class_vectors(
    table: pl.DataFrame, name: str, classes: Sequence[str], considered: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """(n, c) float64 ≥ 0; a null is a sample without any class. Raises InputError for another length, for negative
    numbers and for numbers that are not finite, naming the rows."""
    series = _column(table, name)
    if not isinstance(series.dtype, pl.List | pl.Array):
        raise InputError(f"selection: column {name!r} holds {series.dtype}; expected one number per class")
    out = np.zeros((len(series), len(classes)))
    present = series.is_not_null().to_numpy()
    lists = series.cast(pl.List(pl.Float64)).drop_nulls()
    lengths = lists.list.len().to_numpy()
    if (lengths != len(classes)).any():
        bad = np.zeros(len(series), bool)
        bad[np.flatnonzero(present)[lengths != len(classes)]] = True
        raise InputError(
            f"selection: column {name!r} must hold {len(classes)} numbers per sample; not so in row {_rows(bad)}"
        )
    if len(lists):
        out[present] = lists.explode().fill_null(np.nan).to_numpy().reshape(-1, len(classes))
    bad = ~(np.isfinite(out) & (out >= 0)).all(axis=1) & considered
    if bad.any():
        raise InputError(f"selection: column {name!r} has a negative or missing number in row {_rows(bad)}")
    return np.where(np.isfinite(out), out, 0.0)


def categories(
    table: pl.DataFrame, name: str, considered: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """(n, c) one-hot rows and the c values, sorted; a null belongs to no class. Booleans are `true` and `false`.

    Raises InputError for a column of floating-point numbers: those have no classes.
    """
    series = _column(table, name)
    if series.dtype.is_float() or series.dtype.is_nested():
        raise InputError(f"selection: column {name!r} holds {series.dtype}; BALANCE needs text, integers or booleans")
    text = series.cast(pl.String)
    values = tuple(sorted(text.filter(pl.Series(considered)).drop_nulls().unique().to_list()))
    codes = text.replace_strict({value: i for i, value in enumerate(values)}, default=-1, return_dtype=pl.Int64)
    codes_array = codes.fill_null(-1).to_numpy()
    one_hot = np.zeros((len(series), len(values)))
    present = np.flatnonzero(codes_array >= 0)
    one_hot[present, codes_array[present]] = 1.0
    return one_hot, values


def names_text(values: Sequence[str]) -> str:
    """The first 20 in quotes, for messages."""
    return ", ".join(repr(value) for value in values[:20]) + (", …" if len(values) > 20 else "")
