import re

import numpy as np
import polars as pl
import pytest

from configs.errors import InputError
from selection_assets.stages.embedding.weak_labels import append_weak_labels

VECTORS = np.arange(6, dtype=np.float32).reshape(3, 2)


def test_one_column_per_label_that_occurs() -> None:
    joined = append_weak_labels(VECTORS, ["20240103", "-1", "20240103"], ["-1", "20240103"])
    assert joined.dtype == np.float32
    assert joined.tolist() == [[0, 1, 0, 1], [2, 3, 1, 0], [4, 5, 0, 1]]


def test_a_column_of_a_table() -> None:
    assert append_weak_labels(VECTORS, pl.Series(["b", "a", "b"]), ["a", "b"])[:, 2:].tolist() == [
        [0, 1],
        [1, 0],
        [0, 1],
    ]


def test_a_datapool_fixes_the_columns_and_their_order() -> None:
    assert append_weak_labels(VECTORS, ["a", "c", "a"], ["c", "b", "a"], "pool")[:, 2:].tolist() == [
        [0, 0, 1],
        [1, 0, 0],
        [0, 0, 1],
    ]
    with pytest.raises(InputError, match=r"'z' is no weak label of datapool.name=pool, which has 2 \(a, b\)") as error:
        append_weak_labels(VECTORS, ["a", "z", "b"], ["a", "b"], "pool")
    assert "\n" not in str(error.value)
    with pytest.raises(InputError, match="append_weak_labels: 'y' is no weak label"):
        append_weak_labels(VECTORS, ["z", "a", "y"], ["a", "b"], "pool")


@pytest.mark.parametrize(("columns", "shown"), [("abcde", "5 (a, b, c, d, e);"), ("abcdef", "6 (a, b, c, d, e, …);")])
def test_five_of_the_columns_are_named(columns: str, shown: str) -> None:
    with pytest.raises(InputError, match=re.escape(f"which has {shown} start a new datapool")):
        append_weak_labels(VECTORS, ["a", "z", "b"], list(columns), "pool")


def test_no_rows() -> None:
    assert append_weak_labels(np.empty((0, 2), np.float32), [], ["a", "b", "c"]).shape == (0, 5)


def test_at_most_4096_labels() -> None:
    names = [str(i) for i in range(4_097)]
    assert append_weak_labels(VECTORS, names[:3], names[:-1]).shape == (3, 2 + 4_096)
    with pytest.raises(InputError, match=r"4,097 weak labels would be as many further dimensions, at most 4,096"):
        append_weak_labels(VECTORS, names[:3], names)
