import numpy as np
from scipy.spatial.distance import cdist

from selection_assets.stages.reporting.coverage import MIN_ROWS, coverage_curve
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
        np.testing.assert_allclose((curve.median[i], curve.p90[i], curve.max[i]), expected, atol=1e-7)


def test_coverage_never_gets_worse_and_ends_at_zero_when_all_are_picked() -> None:
    x, _ = clusters(60)
    curve = coverage_curve(x, np.arange(60), np.arange(60))
    for values in (curve.median, curve.p90, curve.max):
        assert (np.diff(values) <= 1e-12).all()
    assert curve.max[-1] < 1e-7


def test_many_picks_measure_a_seeded_subset() -> None:
    x = np.random.default_rng(0).normal(size=(5000, 2)).astype(np.float32)
    rows, picks = np.arange(5000), np.arange(3)
    first, again, other = (coverage_curve(x, rows, picks, seed) for seed in (0, 0, 1))
    assert (first.median == again.median).all() and (first.median != other.median).any()
    assert MIN_ROWS < 5000
