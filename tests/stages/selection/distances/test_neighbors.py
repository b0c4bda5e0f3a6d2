import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selection_assets.stages.selection.distances import neighbors
from selection_assets.stages.selection.distances.neighbors import neighbor_distances


@pytest.mark.parametrize("blocks", range(1, 9))
def test_rounds_hold_every_pair_once_and_no_block_twice(blocks: int) -> None:
    rounds = list(neighbors._rounds(blocks))
    pairs = [pair for one in rounds for pair in one]
    assert sorted(pairs) == [(a, b) for a in range(blocks) for b in range(a, blocks)]
    for one in rounds[1:]:
        seen = [block for pair in one for block in pair]
        assert len(seen) == len(set(seen))


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 70), st.integers(1, 6), st.integers(1, 30), st.integers(0, 10), st.integers(3, 20))
def test_distances_are_those_of_a_float64_loop(n: int, d: int, k: int, seed: int, block: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.integers(-3, 4, (n + 5, d)).astype(np.float32) + 100 * rng.random(d, np.float32)
    rows = rng.permutation(n + 5)[:n]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbors, "_BLOCK", block)
        found = neighbor_distances(x, rows, k)
    whole = np.sqrt(((x[rows, None].astype(np.float64) - x[None, rows].astype(np.float64)) ** 2).sum(axis=2))
    np.fill_diagonal(whole, np.inf)
    expected = np.sort(whole, axis=1)[:, : min(k, n - 1)]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
