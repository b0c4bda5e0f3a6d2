"""The way over a graphics card, with torch's processor device in its place, and on a card where there is one."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from selection_assets.stages.selection.distances import gpu_bounds, nearest_selected
from selection_assets.stages.selection.distances.nearest_selected import NearestSelected
from selection_assets.stages.selection.loops.farthest_point import farthest_point_loop, plain_loop
from tests.stages.selection.distances.test_distance_bounds import few_directions, with_outliers
from tests.stages.selection.loops.test_farthest_point import clustered

DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU"))]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(
    "make",
    [
        few_directions,
        with_outliers,
        lambda: clustered(2000, 24, seed=3),
        lambda: clustered(2000, 24, seed=3).astype(np.float64),
        lambda: np.random.default_rng(5).integers(0, 3, (3000, 6)).astype(np.float32),  # many ties and equal rows
    ],
)
def test_picks_of_the_plain_loop(
    make: Callable[[], NDArray[np.float32]], device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nearest_selected, "LARGE_PROBLEM", 0)
    monkeypatch.setattr(nearest_selected, "_CENTRES", 64)
    monkeypatch.setattr(gpu_bounds, "_PAIRS", 10_000)
    monkeypatch.setattr(gpu_bounds, "gpu", lambda: torch.device(device))
    x = make()
    n = len(x)
    state = NearestSelected(x, n)
    state.add(np.array([0]))
    masks = [np.arange(n) > 0, np.arange(n) > 0]
    ours = farthest_point_loop(state, masks[0], 300, 300, None)
    plain = plain_loop(x, np.array([0]), masks[1], 300, 300, None)
    assert state._gpu is not None
    assert ours.order.tolist() == plain.order.tolist()
    assert np.allclose(ours.distance, plain.distance, rtol=1e-12)
    assert ours.nearest.tolist() == plain.nearest.tolist()


def test_without_a_card_and_for_small_problems_the_processor_does_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu_bounds, "gpu", lambda: None)
    assert NearestSelected(np.ones((10, 3), np.float32), 5)._gpu is None
    monkeypatch.setattr(nearest_selected, "LARGE_PROBLEM", 0)
    assert NearestSelected(np.ones((10, 3), np.float32), 5)._gpu is None
