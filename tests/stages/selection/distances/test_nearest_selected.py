import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selection_assets.stages.selection.distances import nearest_selected as module
from selection_assets.stages.selection.distances.nearest_selected import (
    Band,
    NearestSelected,
    distances_when_picked,
    nearest_selected,
)
from tests.stages.selection.oracles import distances


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(1, 80),
    d=st.integers(1, 9),
    k=st.integers(0, 30),
    seed=st.integers(0, 1000),
    grid=st.booleans(),
    far=st.sampled_from([0.0, 1000.0]),
    few=st.sampled_from([0, 8, 30]),
)
def test_equals_all_distances(n: int, d: int, k: int, seed: int, grid: bool, far: float, few: int) -> None:
    rng = np.random.default_rng(seed)
    x = (far + (rng.integers(0, 2, (n, d)) if grid else rng.normal(size=(n, d)))).astype(np.float32)
    selected = rng.integers(0, n, k)
    rows = rng.permutation(n)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_FEW_MISSED", few)
        distance, nearest = nearest_selected(x, rows, selected)
    if not k:
        assert np.isinf(distance).all()
        assert (nearest == -1).all()
        return
    between = distances(x)[np.ix_(rows, selected)]
    np.testing.assert_allclose(distance, between.min(axis=1), rtol=1e-12, atol=0)
    assert nearest.tolist() == selected[between.argmin(axis=1)].tolist()  # of equally near ones the first


@pytest.mark.parametrize("few", [0, 4, 100])
@pytest.mark.parametrize("centres", [3, 8, 4096])
def test_small_tiles_and_rows_that_missed_different_selections(
    monkeypatch: pytest.MonkeyPatch, centres: int, few: int
) -> None:
    monkeypatch.setattr(module, "_FEW_MISSED", few)
    monkeypatch.setattr(module, "_ROWS", 7)
    monkeypatch.setattr(module, "_CENTRES", centres)
    monkeypatch.setattr(module, "_MANY_MISSED", 5)
    monkeypatch.setattr(module, "_TILE", 2)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(90, 6)).astype(np.float32)
    state = NearestSelected(x, 60, threads=2)
    for _ in range(12):
        state.add(rng.integers(0, 90, 5))
        state.refresh(rng.permutation(90)[:40])
    state.refresh(np.arange(90))
    between = distances(x)[:, state.selected[:60]]
    np.testing.assert_allclose(state.squared, between.min(axis=1) ** 2, rtol=1e-12)
    assert state.nearest.tolist() == state.selected[between.argmin(axis=1)].tolist()


def test_band_follows_one_by_one() -> None:
    x = np.random.default_rng(1).normal(size=(50, 5)).astype(np.float32)
    state = NearestSelected(x, 10)
    state.add(np.array([4]))
    band = Band(state, np.arange(20))
    for row in (30, 7, 42):
        state.add(np.array([row]))
        band.see(row)
    band.leave()
    between = distances(x)[:20][:, [4, 30, 7, 42]]
    np.testing.assert_allclose(state.squared[:20], between.min(axis=1) ** 2, rtol=1e-12)
    assert (state.seen[:20] == 4).all()


def test_distances_when_picked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PICKS", 4)
    x = np.random.default_rng(2).normal(size=(40, 3)).astype(np.float32)
    order = np.random.default_rng(3).permutation(40)[:22]
    between = distances(x)
    distance, nearest = distances_when_picked(x, np.empty(0, np.int64), order)
    assert np.isnan(distance[0])
    assert nearest[0] == -1
    for k in range(1, 22):
        before = between[order[k], order[:k]]
        assert distance[k] == pytest.approx(before.min(), rel=1e-12)
        assert nearest[k] == order[int(before.argmin())]


def test_a_memory_mapped_matrix_is_enough(tmp_path: object) -> None:
    path = f"{tmp_path}/x.npy"
    x = np.random.default_rng(4).normal(size=(60, 4)).astype(np.float32)
    np.save(path, x)
    mapped = np.load(path, mmap_mode="r")
    rows, selected = np.arange(60), np.array([3, 9])
    np.testing.assert_array_equal(nearest_selected(mapped, rows, selected)[0], nearest_selected(x, rows, selected)[0])
