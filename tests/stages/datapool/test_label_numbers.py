import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configs.errors import InputError
from selection_assets.stages.datapool.label_numbers import columns_of_labels, renumbered


def in_folders(folders: list[str]) -> pl.DataFrame:
    """A file per entry, labelled by the position of its folder among the sorted folders, as a run does."""
    order = sorted(set(folders))
    return pl.DataFrame(
        {
            "filename": [f"{folder}/{i}.jpg" if folder else f"{i}.jpg" for i, folder in enumerate(folders)],
            "label": [order.index(folder) for folder in folders],
        },
        schema={"filename": pl.String, "label": pl.Int64},
    )


FOLDERS = st.lists(st.sampled_from(["a", "b", "c", "d", ""]), max_size=8)


@settings(max_examples=100, deadline=None)
@given(FOLDERS, FOLDERS)
def test_a_folder_has_one_number_in_both_tables(ours: list[str], theirs: list[str]) -> None:
    samples, reference = in_folders(ours), in_folders(theirs)
    numbers = dict(zip(theirs, reference["label"].to_list(), strict=True))
    for folder, label in zip(ours, renumbered(samples, reference).to_list(), strict=True):
        assert numbers.setdefault(folder, label) == label
    assert len(set(numbers.values())) == len(numbers)  # and no two folders share one


def test_new_folders_get_the_next_numbers() -> None:
    assert renumbered(in_folders(["a", "x", "b", "y"]), in_folders(["b", "c"])).to_list() == [2, 3, 0, 4]


def test_labels_that_are_no_folders_stay() -> None:
    free = pl.DataFrame({"filename": ["a/1.jpg", "a/2.jpg", "b/3.jpg"], "label": [4, 5, 4]})
    assert renumbered(free, in_folders(["a", "b"])).to_list() == [4, 5, 4]
    assert renumbered(in_folders(["b", "a"]), free).to_list() == [1, 0]


def test_one_hot_columns_are_found_by_name() -> None:
    names = {0: "b", 1: "d", 2: "a"}
    assert columns_of_labels(np.array([0, 2, 0, 1]), names, ["a", "b", "c", "d"], "pool").tolist() == [1, 0, 1, 3]


def test_a_label_without_a_column_is_one_line() -> None:
    with pytest.raises(InputError, match=r"'z' is no weak label of datapool.name=pool, which has 2 \(a, b\)") as error:
        columns_of_labels(np.array([0, 1]), {0: "a", 1: "z"}, ["a", "b"], "pool")
    assert "\n" not in str(error.value)
