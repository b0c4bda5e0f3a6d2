import numpy as np
import pytest
from scipy.spatial.distance import cdist

from selection_assets.stages.reporting.analysis import coverage as module
from selection_assets.stages.reporting.analysis.coverage import MIN_ROWS, coverage_curve
from tests.stages.reporting.facts_factory import clusters


def test_equal_to_all_distances() -> None:
    x, _ = clusters(90, seed=2)
    picks = np.random.default_rng(0).permutation(90)[:50]
    curve = coverage_curve(x, np.arange(90), picks)
    gaps = cdist(x, x[picks])
    assert curve.picks[0] == 1 and curve.picks[-1] == 50
    for i, p in enumerate(curve.picks):
        nearest = gaps[:, :p].min(axis=1)
        expected = np.median(nearest), np.percentile(nearest, 90), nearest.max()
        np.testing.assert_allclose((curve.median[i], curve.p90[i], curve.radius[i]), expected, atol=1e-7)


def test_coverage_never_gets_worse_and_ends_at_zero_when_all_are_picked() -> None:
    x, _ = clusters(60)
    curve = coverage_curve(x, np.arange(60), np.arange(60))
    for values in (curve.median, curve.p90, curve.radius):
        assert (np.diff(values) <= 1e-12).all()
    assert curve.radius[-1] < 1e-7


def test_many_picks_measure_a_seeded_subset() -> None:
    x = np.random.default_rng(0).normal(size=(5000, 2)).astype(np.float32)
    rows, picks = np.arange(5000), np.arange(3)
    first, again, other = (coverage_curve(x, rows, picks, seed) for seed in (0, 0, 1))
    assert (first.median == again.median).all() and (first.median != other.median).any()
    assert MIN_ROWS < 5000


def test_the_radius_is_exact_where_a_subset_is_measured() -> None:
    x = np.random.default_rng(1).normal(size=(5000, 3)).astype(np.float32)
    rows, picks = np.arange(0, 5000, 1), np.array([7, 4000, 12, 999])
    curve = coverage_curve(x, rows, picks)
    gaps = cdist(x, x[picks])
    for i, p in enumerate(curve.picks):
        assert np.isclose(curve.radius[i], gaps[:, :p].min(axis=1).max(), atol=1e-6)


@pytest.mark.parametrize(("products", "measured"), [(2e8, 4000), (100.0, 256), (12_000.0, 3000)])
def test_how_many_rows_are_measured(monkeypatch: pytest.MonkeyPatch, products: float, measured: int) -> None:
    """2e8 divided by the picks, from 256 to 4000; below with other products of the two."""
    assert module.ROWS_TIMES_PICKS == 2e8
    monkeypatch.setattr(module, "ROWS_TIMES_PICKS", products)
    x = np.random.default_rng(0).normal(size=(5000, 2)).astype(np.float32)
    picks = np.array([7, 4000, 12, 999])
    curve = coverage_curve(x, np.arange(5000), picks)
    rows = np.sort(np.random.default_rng(0).choice(5000, measured, replace=False))
    gaps = cdist(x[rows], x[picks]).min(axis=1)
    assert curve.median[-1] == pytest.approx(np.median(gaps), abs=1e-6)
    assert curve.p90[-1] == pytest.approx(np.percentile(gaps, 90), abs=1e-6)


def test_curves_of_many_picks_have_forty_points_at_most() -> None:
    x = np.random.default_rng(0).normal(size=(3000, 2)).astype(np.float32)
    picks = np.random.default_rng(1).permutation(3000)[:2500]
    curve = coverage_curve(x, np.arange(3000), picks)
    assert 30 < len(curve.picks) <= 40
    assert curve.picks.tolist() == sorted({round(n) for n in np.geomspace(1, 2500, 40).tolist()})
    gaps = cdist(x, x[picks])
    for i, p in enumerate(curve.picks):
        assert curve.median[i] == pytest.approx(np.median(gaps[:, :p].min(axis=1)), abs=1e-6)
