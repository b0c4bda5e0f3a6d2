import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selection_assets.stages.datapool.label_numbers import continued, names_of_numbers


def members(*rows: tuple[str, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"filename": pl.String, "label": pl.String}, orient="row")


def test_stored_names_come_first() -> None:
    table = members(("a/1", "0"), ("v/2", "1"), ("w/3", "2"), ("w/4", "2"))
    assert names_of_numbers(table, {"video": 1, "gone": 7}) == {"0": "a", "1": "video", "2": "w", "7": "gone"}
    assert names_of_numbers(table, {"w": 0}) == {"0": "w", "1": "v", "2": "2"}  # no name twice


def test_without_stored_names_the_folder_is_the_name() -> None:
    table = members(("a/1", "4"), ("a/x/2", "4"), ("3.png", "-1"), ("b/4", "20240101"))
    assert names_of_numbers(table, {}) == {"4": "a", "-1": "(root)", "20240101": "b"}


@pytest.mark.parametrize(
    "table",
    [
        members(("a/1", "0"), ("a/2", "1")),  # two labels in a folder
        members(("a/1", "0"), ("b/2", "0")),  # two folders with one label
    ],
)
def test_labels_that_are_no_folders_are_their_numbers(table: pl.DataFrame) -> None:
    assert names_of_numbers(table, {}) == {number: number for number in table["label"]}


FOLDERS = st.lists(st.tuples(st.sampled_from(["a/x", "b/x", "1/x", "x"]), st.integers(-1, 3)), min_size=1, max_size=8)


@settings(max_examples=200, deadline=None)
@given(FOLDERS, st.dictionaries(st.sampled_from(["a", "b", "z", "1"]), st.integers(-1, 3)))
def test_names_lead_back_to_their_numbers(rows: list[tuple[str, int]], stored: dict[str, int]) -> None:
    stored = {name: number for number, name in {number: name for name, number in stored.items()}.items()}
    table = members(*((name, str(number)) for name, number in rows))
    names = names_of_numbers(table, stored)
    assert set(table["label"]) <= names.keys()
    assert len(set(names.values())) == len(names)
    assert all(names[str(number)] == name for name, number in stored.items())


def test_new_names_get_the_next_numbers() -> None:
    assert continued({"b": 0, "c": 1}, ["x", "a", "b", "x"], are_numbers=False) == {"b": 0, "c": 1, "a": 2, "x": 3}
    assert continued({}, ["b", "a"], are_numbers=False) == {"a": 0, "b": 1}
    assert continued({"old": -5}, ["a"], are_numbers=False) == {"old": -5, "a": 0}
    assert continued({"largest": 2**63 - 1, "zero": 0}, ["a"], are_numbers=False)["a"] == 1


def test_the_labels_of_vectors_stay_their_numbers() -> None:
    assert continued({"cats": 3}, ["3", "-8", "20240101", "a"], are_numbers=True) == {
        "cats": 3,
        "3": 3,
        "-8": -8,
        "20240101": 20240101,
        "a": 20240102,
    }
    assert continued({}, ["3", "2"], are_numbers=False) == {"2": 0, "3": 1}  # folders that are called so


def test_numbers_go_up_to_64_bits_and_then_fill_the_gaps() -> None:
    last = 2**63 - 1
    assert continued({"a": last - 1}, ["b"], are_numbers=False) == {"a": last - 1, "b": last}
    assert continued({"a": last}, ["b", "c"], are_numbers=False) == {"a": last, "b": 0, "c": 1}
    assert continued({"a": last, "b": 0}, ["c"], are_numbers=False)["c"] == 1
    assert continued({"a": -7}, ["b"], are_numbers=False)["b"] == 0
    assert continued({}, ["b"], are_numbers=False) == {"b": 0}
