import numpy as np
import pytest

from configs.errors import InputError
from selection_assets.stages.selection.loops.random_selection import random_selection
from tests.stages.selection.oracles import distances


def test_uniform_without_replacement() -> None:
    hits = np.zeros(10)
    for seed in range(2000):
        picks = random_selection(None, 10, n_samples=3, min_distance=None, preselected=None, candidates=None, seed=seed)
        assert len(set(picks.order.tolist())) == 3
        hits[picks.order] += 1
    # 2000 · 3/10 = 600 each; five standard deviations of the binomial are 102
    assert np.abs(hits - 600).max() < 102


def test_same_seed_same_picks_with_and_without_embeddings() -> None:
    x = np.random.default_rng(0).normal(size=(1300, 4)).astype(np.float32)
    bare = random_selection(None, 1300, n_samples=700, min_distance=None, preselected=None, candidates=None, seed=4)
    full = random_selection(x, 1300, n_samples=700, min_distance=None, preselected=None, candidates=None, seed=4)
    assert bare.order.tolist() == full.order.tolist()
    assert np.isnan(bare.distance).all()
    assert (bare.nearest == -1).all()


def test_distance_and_nearest_are_those_at_the_time_of_the_pick() -> None:
    x = np.random.default_rng(1).normal(size=(900, 5)).astype(np.float32)
    picks = random_selection(
        x, 900, n_samples=600, min_distance=None, preselected=np.array([3, 5]), candidates=None, seed=2
    )
    between = distances(x)
    selected = [3, 5]
    for row, distance, nearest in zip(picks.order, picks.distance, picks.nearest, strict=True):
        assert distance == pytest.approx(between[row, selected].min(), rel=1e-12)
        assert nearest == selected[int(between[row, selected].argmin())]
        selected.append(int(row))


@pytest.mark.parametrize("n_samples", [None, 25])
def test_min_distance_passes_over_close_rows(n_samples: int | None) -> None:
    x = np.random.default_rng(2).random((1200, 2)).astype(np.float32)
    candidates = np.arange(1200) % 2 == 0
    picks = random_selection(
        x, 1200, n_samples=n_samples, min_distance=0.1, preselected=np.array([7]), candidates=candidates, seed=3
    )
    everything = random_selection(
        None, 1200, n_samples=None, min_distance=None, preselected=np.array([7]), candidates=candidates, seed=3
    )
    between = distances(x)
    selected = [7]
    for row in everything.order:
        if between[row, selected].min() >= 0.1 and (n_samples is None or len(selected) <= n_samples):
            selected.append(int(row))
    assert picks.order.tolist() == selected[1:]
    assert picks.stop_reason.startswith("n_samples reached" if n_samples else "min_distance reached")


def test_more_asked_than_there_is() -> None:
    picks = random_selection(
        None, 4, n_samples=9, min_distance=None, preselected=np.array([0]), candidates=None, seed=1
    )
    assert sorted(picks.order.tolist()) == [1, 2, 3]
    assert picks.stop_reason.startswith("no candidates left")


def test_first_pick_has_no_nearest() -> None:
    picks = random_selection(
        np.eye(3, dtype=np.float32), 3, n_samples=2, min_distance=None, preselected=None, candidates=None, seed=1
    )
    assert np.isnan(picks.distance[0])
    assert picks.nearest[0] == -1
    assert picks.distance[1] == pytest.approx(np.sqrt(2))


def test_min_distance_without_embeddings() -> None:
    with pytest.raises(InputError, match="distances need embeddings"):
        random_selection(None, 4, n_samples=2, min_distance=0.1, preselected=None, candidates=None, seed=1)


def test_row_count_mismatch() -> None:
    with pytest.raises(InputError, match="3 rows for 4 samples"):
        random_selection(
            np.eye(3, dtype=np.float32), 4, n_samples=2, min_distance=None, preselected=None, candidates=None, seed=1
        )
