"""Distances against scipy's full list of them."""

import logging
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist

from selection_assets.stages.reporting.analysis import pairwise_statistics as module
from selection_assets.stages.reporting.analysis.pairwise_statistics import pairwise_statistics, rows_within_memory


@settings(max_examples=30, deadline=None)
@given(n=st.integers(2, 60), d=st.integers(1, 9), seed=st.integers(0, 99), block=st.sampled_from([1, 7, 100, 10_000]))
def test_equal_to_scipy(n: int, d: int, seed: int, block: int) -> None:
    x = np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)
    expected = pdist(x.astype(np.float64))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK_ELEMENTS", block)
        found = pairwise_statistics(x)
    step = found.fine_upper / module.FINE_BINS
    assert found.n == found.n_used == n
    assert found.pairs == len(expected) == found.fine_counts.sum()
    assert found.mean == pytest.approx(expected.mean(), rel=1e-12)
    assert found.min == pytest.approx(expected.min(), rel=1e-12)
    assert found.max == pytest.approx(expected.max(), rel=1e-12)
    assert found.p10 == pytest.approx(np.percentile(expected, 10), abs=step)
    assert found.p90 == pytest.approx(np.percentile(expected, 90), abs=step)


def test_histogram_and_share_are_those_of_the_distances() -> None:
    x = np.random.default_rng(1).normal(size=(300, 4)).astype(np.float32)
    distances = pdist(x.astype(np.float64))
    found = pairwise_statistics(x)
    edges = np.linspace(0, distances.max() * 1.001, 41)
    counts = found.histogram(edges)
    assert counts.sum() == len(distances)
    assert np.abs(counts - np.histogram(distances, edges)[0]).max() <= 1  # one on the edge of a fine bin
    assert found.share_below(0.7) == pytest.approx((distances < 0.7).mean(), abs=2 / len(distances))


def test_near_duplicates_far_from_the_origin_keep_their_distance() -> None:
    x = np.full((3, 64), 5.0, np.float32)
    x[1, 0] += np.float32(1e-4)
    x[2] *= -1
    gap = float(x[1, 0]) - 5.0
    found = pairwise_statistics(x)
    assert found.min == pytest.approx(gap, rel=1e-9)
    assert found.histogram(np.array([0.0, 2 * gap, 100.0])).tolist() == [1, 2]


def test_exact_duplicates_are_zero() -> None:
    found = pairwise_statistics(np.ones((5, 3), np.float32) * np.float32(0.3))
    assert (found.min, found.max, found.mean, found.p10, found.pairs) == (0, 0, 0, 0, 10)


@pytest.mark.parametrize("n", [0, 1])
def test_no_pairs(n: int) -> None:
    found = pairwise_statistics(np.ones((n, 3), np.float32))
    assert (found.n, found.pairs, found.mean, found.min, found.p90) == (n, 0, None, None, None)
    assert found.histogram(np.array([0.0, 1.0])).tolist() == [0]
    assert found.share_below(0.5) == 0


@pytest.mark.parametrize(("gb", "n", "rows"), [(2, 10**6, 22_360), (2, 100, 100), (4e-8, 100, 3), (1e-12, 100, 2)])
def test_rows_of_which_the_matrix_fits(gb: float, n: int, rows: int) -> None:
    assert rows_within_memory(n, gb) == rows


def test_a_large_set_is_represented_by_a_seeded_subset() -> None:
    x = np.random.default_rng(2).normal(size=(500, 3)).astype(np.float32)
    first, again, other = (pairwise_statistics(x, 4 * 100**2 / 1e9, seed) for seed in (0, 0, 1))
    assert (first.n, first.n_used, first.pairs) == (500, 100, 4950)
    assert first.mean == again.mean != other.mean
    assert first.mean == pytest.approx(pdist(x).mean(), rel=0.1)


def test_memory_stays_far_below_the_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK_ELEMENTS", 50_000)
    monkeypatch.setattr(module, "FINE_BINS", 10_000)
    x = np.random.default_rng(3).normal(size=(3000, 4)).astype(np.float32)
    tracemalloc.start()
    pairwise_statistics(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3000 * 3000 * 4 / 8


def test_the_subset_is_that_of_the_seed() -> None:
    x = np.random.default_rng(2).normal(size=(500, 3)).astype(np.float32)
    rows = np.random.default_rng(0).choice(500, 100, replace=False)
    found = pairwise_statistics(x, 4 * 100**2 / 1e9)
    assert found.mean == pytest.approx(pdist(x[rows].astype(float)).mean(), rel=1e-9)
    assert found.min == pytest.approx(pdist(x[rows].astype(float)).min(), rel=1e-9)
    assert (found.n, found.n_used) == (500, 100)


def test_the_default_memory_is_two_gigabytes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(module, "rows_within_memory", lambda n, gb: asked.append(gb) or n)
    pairwise_statistics(np.eye(3, dtype=np.float32))
    assert asked == [2.0]


def test_share_below_counts_bins_below() -> None:
    x = np.array([[0.0], [1.0], [3.0]], np.float32)  # distances 1, 2, 3
    found = pairwise_statistics(x)
    assert [found.share_below(d) for d in (0.0, 0.9, 1.1, 2.1, 3.1, 100.0)] == pytest.approx([0, 0, 1 / 3, 2 / 3, 1, 1])


def test_blocks_are_counted(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "winnow")
    monkeypatch.setattr(module, "BLOCK_ELEMENTS", 40)  # four rows of ten at a time: rows 0-3, 4-7 and 8
    monkeypatch.setattr("selection_assets.stages.progress.LOG_EVERY_SECONDS", 0)
    pairwise_statistics(np.eye(10, dtype=np.float32))
    said = [message.partition(",")[0] for message in caplog.messages]
    assert said == [f"Pairwise distances: {n} of 3 blocks" for n in (1, 2, 3, 3)]


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_share_below_at_any_scale(scale: float) -> None:
    found = pairwise_statistics(np.array([[0.0], [1.0], [3.0]], np.float32) * np.float32(scale))
    assert [found.share_below(d * scale) for d in (0.5, 1.5, 2.5, 3.5)] == pytest.approx([0, 1 / 3, 2 / 3, 1])
