import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selection_assets.stages.selection.distances.nearest_selected import NearestSelected
from selection_assets.stages.selection.loops import farthest_from_mean as module
from selection_assets.stages.selection.loops.farthest_from_mean import farthest_from_mean, farthest_from_mean_in_threads


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(1, 60),
    d=st.integers(1, 70),
    seed=st.integers(0, 1000),
    grid=st.booleans(),
    far=st.sampled_from([0.0, 1e4]),
    dtype=st.sampled_from([np.float16, np.float32, np.float64]),
)
def test_both_ways_find_the_farthest_of_the_mask(
    n: int, d: int, seed: int, grid: bool, far: float, dtype: type[np.floating]
) -> None:
    rng = np.random.default_rng(seed)
    x = (far + (rng.integers(-1, 2, (n, d)) if grid else rng.normal(size=(n, d)))).astype(dtype)
    mask = rng.random(n) < 0.7
    mask[rng.integers(n)] = True
    rows = np.flatnonzero(mask)
    exact = x[rows].astype(np.float64)
    squared = ((exact - exact.mean(axis=0)) ** 2).sum(axis=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_VALUES", 200)
        found = farthest_from_mean(x, mask)
        assert mask[found]
        assert squared[np.searchsorted(rows, found)] >= squared.max() * (1 - 1e-12)
        assert farthest_from_mean_in_threads(NearestSelected(x, 1, threads=2), mask) == found


def test_of_equally_far_rows_the_first() -> None:
    x = np.tile(np.array([[0, 1], [0, -1], [1, 0], [-1, 0]], np.float32), (300, 1))
    mask = np.ones(len(x), bool)
    mask[:4] = False
    assert farthest_from_mean_in_threads(NearestSelected(x, 1), mask) == farthest_from_mean(x, mask) == 4
