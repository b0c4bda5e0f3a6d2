import numpy as np
from scipy.spatial.distance import cdist

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
