"""Columns of the engine's table: what they hold, and which rows are named where they do not fit."""

import numpy as np
import polars as pl
import pytest

from configs.errors import InputError
from selection_assets.stages.selection.goals import columns

ALL = np.ones(12, bool)
LATE = np.arange(12) >= 1


def test_rows_are_named_up_to_ten() -> None:
    for count, text in ((1, "0"), (10, "0, 1, 2, 3, 4, 5, 6, 7, 8, 9"), (11, "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …")):
        values = [None] * count + [1.0] * (12 - count)
        with pytest.raises(InputError) as error:
            columns.numbers(pl.DataFrame({"v": values}, schema={"v": pl.Float64}), "v", ALL)
        assert str(error.value) == f"selection: column 'v' has no finite number in row {text}"


def test_a_missing_column_names_those_that_are_there() -> None:
    with pytest.raises(InputError) as error:
        columns.numbers(pl.DataFrame({"a": [1], "b": [2]}), "v", ALL[:1])
    assert str(error.value) == "selection: there is no column 'v'; there are: 'a', 'b'"
    with pytest.raises(InputError, match=r"there is no column 'v'; there are: none$"):
        columns.numbers(pl.DataFrame(), "v", ALL[:0])
    wide = pl.DataFrame({f"c{i:02d}": [1] for i in range(30)})
    with pytest.raises(InputError, match=r"'c18', 'c19'$"):
        columns.numbers(wide, "v", ALL[:1])


@pytest.mark.parametrize("bad", [None, float("nan"), float("inf"), -float("inf")])
def test_rows_that_do_not_count_are_zero(bad: float | None) -> None:
    frame = pl.DataFrame({"v": [bad] + [2.0] * 11}, schema={"v": pl.Float64})
    assert columns.numbers(frame, "v", LATE).tolist() == [0.0] + [2.0] * 11
    with pytest.raises(InputError, match=r"no finite number in row 0$"):
        columns.numbers(frame, "v", ALL)


@pytest.mark.parametrize("dtype", [pl.Boolean, pl.Int8, pl.UInt64, pl.Float32, pl.Float64])
def test_kinds_of_numbers(dtype: pl.DataType) -> None:
    frame = pl.DataFrame({"v": pl.Series([1, 0, 1]).cast(dtype)})
    assert columns.numbers(frame, "v", ALL[:3]).tolist() == [1.0, 0.0, 1.0]


def test_class_vectors_name_what_does_not_fit() -> None:
    frame = pl.DataFrame({"p": [[1.0, 2.0], None, [0.0, 0.0]]}, schema={"p": pl.List(pl.Float64)})
    assert columns.class_vectors(frame, "p", "xy", ALL[:3]).tolist() == [[1, 2], [0, 0], [0, 0]]
    empty = pl.DataFrame({"p": [None, None]}, schema={"p": pl.List(pl.Float64)})
    assert columns.class_vectors(empty, "p", "xy", ALL[:2]).tolist() == [[0, 0], [0, 0]]
    for bad in (-1.0, float("nan"), float("inf"), None):
        other = pl.DataFrame({"p": [[1.0, 2.0], None, [0.0, bad]]}, schema={"p": pl.List(pl.Float64)})
        with pytest.raises(InputError, match=r"column 'p' has a negative or missing number in row 2$"):
            columns.class_vectors(other, "p", "xy", ALL[:3])
    with pytest.raises(InputError, match=r"column 'p' must hold 3 numbers per sample; not so in row 0, 2$"):
        columns.class_vectors(frame, "p", "xyz", ALL[:3])


def test_categories_are_sorted_and_those_of_rows_that_do_not_count_are_none() -> None:
    frame = pl.DataFrame({"k": ["b", "a", None, "b"]})
    one_hot, values = columns.categories(frame, "k", np.array([True, True, True, True]))
    assert values == ("a", "b")
    assert one_hot.tolist() == [[0, 1], [1, 0], [0, 0], [0, 1]]
    one_hot, values = columns.categories(frame, "k", np.array([True, False, True, True]))
    assert values == ("b",)
    assert one_hot.tolist() == [[1], [0], [0], [1]]
    flags, values = columns.categories(pl.DataFrame({"k": [True, False, None]}), "k", ALL[:3])
    assert values == ("false", "true") and flags.tolist() == [[0, 1], [1, 0], [0, 0]]
