import numpy as np
import pytest

from selection_assets.stages.selection.coverage import coverage_radii
from selection_assets.stages.selection.loops import farthest_point
from tests.stages.selection.oracles import distances


def test_radius_after_some_picks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(farthest_point, "_LEAST_BAND", 5)
    monkeypatch.setattr(farthest_point, "_LARGEST_BAND", 5)
    x = np.random.default_rng(0).normal(size=(120, 4)).astype(np.float32)
    candidates = np.arange(120) % 4 != 0
    order = np.random.default_rng(1).permutation(np.flatnonzero(candidates))
    counts = [0, 1, 2, 10, 50, len(order)]
    between = distances(x)
    for preselected in ([], [0, 8]):
        radii = coverage_radii(x, order, counts, preselected=np.array(preselected, np.int64), candidates=candidates)
        for count, radius in zip(counts, radii, strict=True):
            selected = [*preselected, *order[:count].tolist()]
            left = sorted(set(order.tolist()) - set(selected))
            expected = np.inf if not selected else between[np.ix_(left, selected)].min(axis=1).max() if left else 0.0
            assert radius == pytest.approx(expected, rel=1e-12)
