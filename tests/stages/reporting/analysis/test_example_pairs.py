import numpy as np
import pytest
from scipy.spatial.distance import cdist

from selection_assets.stages.reporting.analysis.example_pairs import ExamplePair, example_pairs
from tests.stages.reporting.facts_factory import clusters


@pytest.mark.parametrize("n_pairs", [2, 6, 32])
def test_pairs_are_nearest_neighbours_spread_over_all_ranks(n_pairs: int) -> None:
    x, _ = clusters(120, seed=4)
    retained = np.arange(120) % 3 == 0
    pairs = example_pairs(x, retained, ~retained, n_pairs)

    gaps = cdist(x[retained], x[~retained])
    best: dict[int, ExamplePair] = {}  # the closest retained sample of each removed one that is anyone's nearest
    for i, row in enumerate(np.flatnonzero(retained)):
        j = int(gaps[i].argmin())
        pair = ExamplePair(int(row), int(np.flatnonzero(~retained)[j]), float(gaps[i, j]))
        if pair.removed not in best or pair.distance < best[pair.removed].distance:
            best[pair.removed] = pair
    ordered = sorted(best.values(), key=lambda pair: pair.distance)
    wanted = [ordered[round(r)] for r in np.linspace(0, len(ordered) - 1, min(n_pairs, len(ordered)))]

    assert [(p.retained, p.removed) for p in pairs] == [(p.retained, p.removed) for p in wanted]
    np.testing.assert_allclose([p.distance for p in pairs], [p.distance for p in wanted], atol=1e-6)


def test_no_pair_without_both_kinds() -> None:
    x, _ = clusters(5)
    none, all_ = np.zeros(5, np.bool_), np.ones(5, np.bool_)
    assert example_pairs(x, all_, none) == example_pairs(x, none, all_) == example_pairs(x, all_, all_, 0) == []


def test_fewer_candidates_than_asked_for() -> None:
    x = np.array([[0.0], [1.0], [5.0]], np.float32)
    pairs = example_pairs(x, np.array([True, False, True]), np.array([False, True, False]), 6)
    assert pairs == [ExamplePair(0, 1, 1.0)]  # both retained samples share one removed neighbour


def test_of_many_retained_samples_a_seeded_part_is_looked_at() -> None:
    x = np.random.default_rng(0).normal(size=(1500, 3)).astype(np.float32)
    retained = np.arange(1500) < 1100
    found = example_pairs(x, retained, ~retained, 10**6)
    looked_at = np.random.default_rng(0).choice(1100, 1024, replace=False)
    assert {pair.retained for pair in found} <= set(looked_at.tolist())
    assert len(found) == len(set(cdist(x[looked_at], x[1100:]).argmin(axis=1).tolist()))
    other = example_pairs(x, retained, ~retained, 10**6, seed=1)
    assert other != found == example_pairs(x, retained, ~retained, 10**6, seed=0)
    assert len(example_pairs(x, retained, ~retained)) == 6
    exactly = np.arange(1500) < 1024  # none is left out
    assert {pair.retained for pair in example_pairs(x, exactly, ~exactly, 10**6)} <= set(range(1024))
    assert example_pairs(x, exactly, ~exactly, 10**6, seed=0) == example_pairs(x, exactly, ~exactly, 10**6, seed=1)
