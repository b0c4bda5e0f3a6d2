import numpy as np
import polars as pl
import pytest

from selection_assets.stages.samples.label_numbers import label_numbers, numbered


def samples(*rows: tuple[str, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"label": pl.String, "kind": pl.String}, orient="row")


def test_names_are_numbered_in_their_order() -> None:
    table = samples(("b", "image"), ("a-b", "image"), ("a", "frame"), ("10", "image"), ("9", "image"), ("b", "image"))
    assert list(label_numbers(table).items()) == [("10", 0), ("9", 1), ("a", 2), ("a-b", 3), ("b", 4)]
    assert label_numbers(samples(("(root)", "image"))) == {"(root)": 0}
    assert label_numbers(samples()) == {}


def test_the_label_of_a_vector_is_its_number() -> None:
    big = str(2**63 - 1)
    table = samples(("20240101", "vector"), ("-3", "vector"), (big, "vector"), ("9", "vector"), ("-3", "vector"))
    assert list(label_numbers(table).items()) == [("-3", -3), ("9", 9), ("20240101", 20240101), (big, 2**63 - 1)]


def test_both_kinds() -> None:
    table = samples(("5", "vector"), ("b", "image"), ("5", "image"), ("a", "image"))
    assert label_numbers(table) == {"5": 5, "a": 6, "b": 7}


def test_a_column_of_numbers() -> None:
    found = numbered(pl.Series(["b", "a", "b"]), {"a": 4, "b": -1, "c": 9})
    assert found.tolist() == [-1, 4, -1] and found.dtype == np.int64
    assert numbered(pl.Series([], dtype=pl.String), {}).tolist() == []
    with pytest.raises(ValueError, match=r"labels without a number: \['c', 'd'\]"):
        numbered(pl.Series(["d", "a", "c"]), {"a": 0})
