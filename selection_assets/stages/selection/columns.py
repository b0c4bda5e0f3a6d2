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


def category_counts(
    table: pl.DataFrame,
    name: str,
    classes: Sequence[str],
    categories: Sequence[str],
    considered: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """(n,) sum of the class vectors over `categories` (all when empty). Raises InputError for an unknown category."""
    vectors = class_vectors(table, name, classes, considered)
    unknown = [category for category in categories if category not in classes]
    if unknown:
        raise InputError(f"selection: category {unknown[0]!r} of {name!r} does not exist; there are: {_names(classes)}")
    chosen = [i for i, label in enumerate(classes) if not categories or label in categories]
    total: NDArray[np.float64] = vectors[:, chosen].sum(axis=1)
    return total


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


def _names(values: Sequence[str]) -> str:
    return ", ".join(repr(value) for value in values[:20]) + (", …" if len(values) > 20 else "")


def balance_target(
    vectors: NDArray[np.float64],
    classes: Sequence[str],
    target: dict[str, float],
    distribution: str,
    rows: NDArray[np.int64],
    label: str,
) -> tuple[NDArray[np.float64], NDArray[np.float64], tuple[str, ...]]:
    """Class vectors (n, g), target shares (g,) that sum to 1, and the g names, for one BALANCE goal.

    TARGET: the classes of `target` in its order, and if others exist one group of all of them, with the share that is
    left; shares that sum to more than 1 are divided by their sum. UNIFORM: equal shares for the classes present in
    `rows`. INPUT: their shares in `rows`.

    Raises InputError for a class that does not exist, for a negative share, and when there is nothing to balance.
    """
    if distribution != "TARGET":
        held = vectors[rows].sum(axis=0)
        present = np.flatnonzero(held > 0)
        if not len(present):
            raise InputError(f"{label}: no sample holds any class, there is nothing to balance")
        share = held[present] / held.sum() if distribution == "INPUT" else np.full(len(present), 1 / len(present))
        return vectors[:, present], share, tuple(classes[int(i)] for i in present)
    if not target:
        raise InputError(
            f"{label}: the target names no class; give shares, for instance {{{classes[0]!r}: 0.5}}"
            if classes
            else f"{label}: the target names no class, and the input holds none"
        )
    for name, value in target.items():
        if name not in classes:
            raise InputError(f"{label}: class {name!r} does not exist; there are: {_names(classes)}")
        if not 0 <= value < np.inf:
            raise InputError(f"{label}: the share {value} of class {name!r} is not a number of at least 0")
    shares = np.array(list(target.values()), float)
    if shares.sum() <= 0:
        raise InputError(f"{label}: all shares of the target are 0")
    index = [list(classes).index(name) for name in target]
    others = [i for i in range(len(classes)) if i not in index]
    if shares.sum() > 1 + 1e-9 or not others:
        shares = shares / shares.sum()
    grouped, names = vectors[:, index], tuple(target)
    if others:
        grouped = np.column_stack([grouped, vectors[:, others].sum(axis=1)])
        shares, names = np.append(shares, max(0.0, 1.0 - shares.sum())), (*names, "all others")
    return grouped, shares, names
