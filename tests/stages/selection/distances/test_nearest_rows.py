import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from selection_assets.stages.selection.distances.nearest_rows import nearest_rows


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
