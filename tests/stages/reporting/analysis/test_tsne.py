"""t-SNE by what it must preserve."""

import numpy as np
import pytest

from selection_assets.stages.reporting.analysis.tsne import tsne


def test_clusters_stay_apart() -> None:
    rng = np.random.default_rng(0)
    centres = 20.0 * np.eye(3, 8)
    of = np.repeat(np.arange(3), 30)
    x = (centres[of] + rng.normal(size=(90, 8))).astype(np.float32)
    y = tsne(x)
    assert y.shape == (90, 2) and y.dtype == np.float32
    distance = np.linalg.norm(y[:, None] - y[None], axis=2) + np.diag(np.full(90, np.inf))
    assert (of[distance.argmin(axis=1)] == of).all()
    assert (tsne(x) == y).all()


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5])
def test_few_points(n: int) -> None:
    y = tsne(np.random.default_rng(n).normal(size=(n, 3)).astype(np.float32))
    assert y.shape == (n, 2) and np.isfinite(y).all()


def test_copies_and_one_dimension() -> None:
    assert not tsne(np.ones((10, 4), np.float32)).any()
    assert np.isfinite(tsne(np.arange(10, dtype=np.float32)[:, None])).all()
