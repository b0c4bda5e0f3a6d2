from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from configs.errors import InputError
from selection_assets.stages.selection.loops.farthest_point import farthest_point
from selection_assets.stages.selection.loops.picks import Picks
from tests.stages.selection.oracles import farthest_point_loop


@pytest.fixture(autouse=True, params=["plain loop", "bands"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test runs on both ways to the same picks, whatever the size of its data."""
    module = "selection_assets.stages.selection.loops.farthest_point"
    monkeypatch.setattr(f"{module}.SMALL_PROBLEM", -1 if request.param == "bands" else 1e15)
    monkeypatch.setattr(f"{module}._LEAST_BAND", 16)
    monkeypatch.setattr(f"{module}._LARGEST_BAND", 16)
    monkeypatch.setattr("selection_assets.stages.selection.distances.nearest_selected._FEW_MISSED", 2)


def clustered(n: int, d: int, seed: int, clusters: int = 12) -> NDArray[np.float32]:
    """Unit vectors in clumps, one tenth of them repeated exactly or nearly: what embeddings of pictures look like."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(clusters, d))
    x = centres[rng.integers(clusters, size=n)] + 0.3 * rng.normal(size=(n, d))
    twins = rng.integers(n, size=n // 10)
    x[twins] = x[rng.integers(n, size=len(twins))] + rng.choice([0, 1e-4], size=(len(twins), 1))
    unit: NDArray[np.float32] = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)
    return unit


def assert_is_loop(picks: Picks, expected: tuple[list[int], list[float], list[int]]) -> None:
    order, distance, nearest = expected
    assert picks.order.tolist() == order
    np.testing.assert_allclose(picks.distance, distance, rtol=1e-12, atol=1e-300)
    assert picks.nearest.tolist() == nearest


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    n=st.integers(1, 60),
    d=st.integers(1, 6),
    seed=st.integers(0, 10_000),
    grid=st.booleans(),
    n_samples=st.none() | st.integers(0, 70),
    min_distance=st.none() | st.sampled_from([0.0, 0.5, 1.0, 2.0]),
    n_preselected=st.integers(0, 5),
    masked=st.booleans(),
)
def test_equals_float64_loop(
    n: int,
    d: int,
    seed: int,
    grid: bool,
    n_samples: int | None,
    min_distance: float | None,
    n_preselected: int,
    masked: bool,
) -> None:
    rng = np.random.default_rng(seed)
    # On the grid every distance is exact and ties are everywhere.
    x = (rng.integers(0, 3, (n, d)) if grid else rng.normal(size=(n, d))).astype(np.float32)
    preselected = rng.permutation(n)[:n_preselected]
    candidates = rng.random(n) < 0.7 if masked else np.ones(n, bool)
    picks = farthest_point(
        x,
        n_samples=n_samples,
        min_distance=min_distance,
        preselected=preselected,
        candidates=candidates,
        seed=1,
    )
    assert_is_loop(picks, farthest_point_loop(x, n_samples, min_distance, preselected.tolist(), candidates))


@pytest.mark.parametrize(("n", "d", "k"), [(1500, 32, 1500), (2500, 8, 900)])
def test_equals_float64_loop_on_many_rows(n: int, d: int, k: int) -> None:
    x = clustered(n, d, seed=3)
    picks = farthest_point(x, n_samples=k, min_distance=None, seed=1)
    assert_is_loop(picks, farthest_point_loop(x, k, None, [], np.ones(n, bool)))


def test_data_far_from_the_origin() -> None:
    x = (1000 + np.random.default_rng(0).normal(size=(400, 16))).astype(np.float32)
    picks = farthest_point(x, n_samples=100, min_distance=None, seed=1)
    assert_is_loop(picks, farthest_point_loop(x, 100, None, [], np.ones(400, bool)))


def test_float16_input_is_measured_as_it_is() -> None:
    x = clustered(300, 16, seed=5).astype(np.float16)
    picks = farthest_point(x, n_samples=80, min_distance=None, seed=1)
    assert_is_loop(picks, farthest_point_loop(x, 80, None, [], np.ones(300, bool)))


def test_a_row_exactly_at_min_distance_is_picked() -> None:
    x = np.array([[0.0], [0.7], [1.4], [1.0]], np.float32)
    picks = farthest_point(x, n_samples=None, min_distance=0.7, preselected=np.array([0]), seed=1)
    assert picks.order.tolist() == [2, 1]
    assert picks.stop_reason.startswith("min_distance reached")


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_a_memory_mapped_matrix(tmp_path: Path, dtype: type) -> None:
    x = clustered(400, 16, seed=2).astype(dtype)
    np.save(tmp_path / "vectors.npy", x)
    mapped = np.load(tmp_path / "vectors.npy", mmap_mode="r")
    assert isinstance(mapped, np.memmap)
    ours = farthest_point(mapped, n_samples=60, min_distance=None, seed=1)
    assert ours.order.tolist() == farthest_point(x, n_samples=60, min_distance=None, seed=1).order.tolist()


def test_min_distance_zero_stops_nothing() -> None:
    x = np.zeros((5, 3), np.float32)
    picks = farthest_point(x, n_samples=None, min_distance=0.0, seed=1)
    assert picks.order.tolist() == [0, 1, 2, 3, 4]
    assert picks.distance[1:].tolist() == [0.0] * 4
    assert picks.stop_reason.startswith("no candidates left")


def test_n_samples_stops() -> None:
    picks = farthest_point(clustered(50, 4, seed=0), n_samples=7, min_distance=0.0, seed=1)
    assert len(picks.order) == 7
    assert picks.stop_reason.startswith("n_samples reached")


def test_picks_move_with_the_rows() -> None:
    x = np.random.default_rng(7).normal(size=(800, 12)).astype(np.float32)  # no ties
    shuffled = np.random.default_rng(8).permutation(len(x))
    plain = farthest_point(x, n_samples=200, min_distance=None, seed=1)
    moved = farthest_point(x[shuffled], n_samples=200, min_distance=None, seed=1)
    assert shuffled[moved.order].tolist() == plain.order.tolist()


def test_rows_that_are_not_finite_are_named() -> None:
    x = np.zeros((9, 2), np.float32)
    x[3, 1] = np.nan
    x[7, 0] = np.inf
    with pytest.raises(InputError, match="row 3, 7"):
        farthest_point(x, n_samples=1, min_distance=None, seed=1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_samples": -3}, "n_samples: -3"),
        ({"min_distance": -0.5}, "min_distance: -0.5"),
        ({"min_distance": float("nan")}, "min_distance: nan"),
        ({"preselected": np.array([9])}, "row 9 does not exist"),
        ({"candidates": np.ones(3, bool)}, "one flag for each of the 4 rows"),
    ],
)
def test_bad_arguments(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        farthest_point(np.eye(4, dtype=np.float32), **({"n_samples": 2, "min_distance": None, "seed": 1} | arguments))  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", [(4,), (4, 0), (2, 2, 2)])
def test_not_a_matrix(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="one row per sample"):
        farthest_point(np.zeros(shape, np.float32), n_samples=1, min_distance=None, seed=1)
