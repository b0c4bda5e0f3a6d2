import logging

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from selection_assets.stages.selection.distances import nearest_rows as module
from selection_assets.stages.selection.distances.nearest_rows import flat_index, nearest_rows


@settings(max_examples=25, deadline=None)
@given(q=st.integers(0, 30), t=st.integers(1, 30), d=st.integers(1, 6), seed=st.integers(0, 99))
def test_equal_to_all_distances(q: int, t: int, d: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    queries, targets = (rng.integers(-3, 4, (m, d)).astype(np.float32) for m in (q, t))  # a grid: many ties
    rows, distances = nearest_rows(queries, targets)
    gaps = cdist(queries, targets)
    np.testing.assert_allclose(distances, gaps.min(axis=1) if q else [], atol=1e-6)
    np.testing.assert_allclose(gaps[np.arange(q), rows], distances, atol=1e-6)


def test_tie_goes_to_the_lower_row() -> None:
    rows, distances = nearest_rows(np.zeros((1, 2), np.float32), np.array([[0, 2], [1, 0], [0, 1]], np.float32))
    assert (rows.tolist(), distances.tolist()) == ([1], [1.0])


def test_small_distances_far_from_the_origin() -> None:
    targets = np.full((2, 16), 100, np.float32)
    targets[1, 0] += np.float32(1e-3)
    rows, distances = nearest_rows(targets[1:] + np.float32(0), targets[:1])
    assert rows.tolist() == [0]
    assert abs(distances[0] - (float(targets[1, 0]) - 100)) < 1e-7


def test_many_queries_are_answered_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    queries, targets = (rng.normal(size=(n, 4)).astype(np.float32) for n in (25, 9))
    whole = nearest_rows(queries, targets)
    monkeypatch.setattr(module, "QUERY_BLOCK", 10)
    rows, distances = nearest_rows(queries, targets)
    assert rows.tolist() == whole[0].tolist() == cdist(queries, targets).argmin(axis=1).tolist()
    assert distances.tolist() == whole[1].tolist()


def test_its_progress_counts_queries(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "winnow")
    monkeypatch.setattr(module, "QUERY_BLOCK", 10)
    monkeypatch.setattr("selection_assets.stages.progress.LOG_EVERY_SECONDS", 0)
    nearest_rows(np.zeros((25, 2), np.float32), np.zeros((3, 2), np.float32), "Neighbours of x")
    said = [message.partition(",")[0] for message in caplog.messages]
    assert said == [f"Neighbours of x: {n} of 25 samples" for n in (10, 20, 25, 25)]


def test_the_index_holds_its_rows() -> None:
    x = np.random.default_rng(0).normal(size=(7, 3)).astype(np.float32)
    d2, rows = flat_index(x).search(x, 1)
    assert rows[:, 0].tolist() == list(range(7))
    assert np.abs(d2).max() < 1e-6
