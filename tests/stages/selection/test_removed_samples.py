import numpy as np
import polars as pl

from selection_assets.stages.selection.removed_samples import (
    NOT_PICKED,
    NOTHING_SELECTED,
    TOO_CLOSE,
    removed_samples,
)

X = np.array([[0, 0], [0.1, 0], [3, 4], [0, 1]], np.float32)
NAMES = ["a", "b", "c", "d"]


def test_nearest_distance_and_reason_of_every_removed_sample() -> None:
    selected = np.array([True, False, False, True])
    found = removed_samples(NAMES, X, selected, ~selected, min_distance=0.2)
    assert found.columns == ["filename", "nearest_selected_filename", "distance", "reason"]
    assert found["filename"].to_list() == ["b", "c"]
    assert found["nearest_selected_filename"].to_list() == ["a", "d"]
    np.testing.assert_allclose(found["distance"], [0.1, np.sqrt(18)], rtol=1e-6)
    assert found["reason"].to_list() == [TOO_CLOSE, NOT_PICKED]


def test_without_min_distance_nothing_is_too_close() -> None:
    selected = np.array([True, False, True, True])
    assert removed_samples(NAMES, X, selected, ~selected)["reason"].to_list() == [NOT_PICKED]


def test_rows_that_are_neither_take_no_part() -> None:
    found = removed_samples(NAMES, X, np.array([False, False, True, False]), np.array([True, False, False, False]))
    assert found.rows() == [("a", "c", 5.0, NOT_PICKED)]


def test_nothing_removed_or_nothing_selected() -> None:
    none, all_ = np.zeros(4, np.bool_), np.ones(4, np.bool_)
    empty = removed_samples(NAMES, X, all_, none)
    assert (empty.height, empty.schema["distance"]) == (0, pl.Float64)
    alone = removed_samples(NAMES, X, none, all_)
    assert alone.rows() == [(name, None, None, NOTHING_SELECTED) for name in NAMES]
    assert alone.schema == empty.schema


def test_exactly_at_the_min_distance_is_not_too_close() -> None:
    x = np.array([[0], [0.5], [0.25]], np.float32)
    selected = np.array([True, False, False])
    found = removed_samples(["a", "b", "c"], x, selected, ~selected, min_distance=0.5)
    assert found["reason"].to_list() == [NOT_PICKED, TOO_CLOSE]
    assert [TOO_CLOSE, NOT_PICKED, NOTHING_SELECTED] == [
        "closer than min_distance to a selected sample",
        "not picked before the selection stopped",
        "nothing was selected",
    ]
