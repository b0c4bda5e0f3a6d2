"""PCA against scikit-learn."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from selection_assets.stages.reporting.analysis.pca import pca


@pytest.mark.parametrize(("n", "d"), [(50, 8), (5, 20), (30, 2)])
def test_pca_is_that_of_sklearn_up_to_the_sign(n: int, d: int) -> None:
    x = np.random.default_rng(n).normal(size=(n, d)).astype(np.float32)
    found, peer = pca(x), PCA(2).fit(x.astype(np.float64))
    expected = peer.transform(x)
    signs = np.sign((found.coordinates * expected).sum(axis=0))
    np.testing.assert_allclose(found.coordinates, expected * signs, atol=1e-4)
    np.testing.assert_allclose(found.explained, peer.explained_variance_ratio_, atol=1e-6)


@pytest.mark.parametrize("x", [np.ones((4, 3)), np.ones((1, 3)), np.empty((0, 3)), np.array([[1.0], [3.0]])])
def test_pca_of_degenerate_data(x: np.ndarray) -> None:
    found = pca(x.astype(np.float32))
    assert found.coordinates.shape == (len(x), 2)
    assert np.isfinite(found.coordinates).all() and np.isfinite(found.explained).all()
    if x.shape == (2, 1):
        np.testing.assert_allclose(found.coordinates, [[-1, 0], [1, 0]])
        assert found.explained == (1, 0)


def test_the_largest_entry_of_each_axis_is_positive() -> None:
    for seed in range(8):
        x = np.random.default_rng(seed).normal(size=(60, 5)).astype(np.float32) * np.float32([5, 1, 9, 2, 3])
        axes = np.linalg.lstsq(x - x.mean(axis=0), pca(x).coordinates, rcond=None)[0]
        assert (axes[np.abs(axes).argmax(axis=0), [0, 1]] > 0).all()
        assert pca(x).explained[0] > pca(x).explained[1] > 0


def test_coordinates_are_centred_float32() -> None:
    x = (np.random.default_rng(0).normal(size=(60, 5)) + 100).astype(np.float32)
    found = pca(x).coordinates
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-5)
