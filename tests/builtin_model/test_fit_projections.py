import numpy as np
import pytest

from builtin_model.fit_projections import discriminants


def test_discriminants_equal_scipys_generalised_eigenvectors() -> None:
    from scipy.linalg import eigh

    rng = np.random.default_rng(0)
    features = rng.normal(size=(400, 6)) @ rng.normal(size=(6, 6)) + rng.normal(size=6)
    differences = rng.normal(size=(300, 6)) @ rng.normal(size=(6, 6)) * 0.1
    weight, bias = discriminants(features.astype(np.float32), differences.astype(np.float32), 3, 0.0)
    _, expected = eigh(np.cov(features.T), np.cov(differences.T) / 2)
    for ours, theirs in zip(weight, expected[:, ::-1].T, strict=False):
        assert abs(ours @ theirs) / np.linalg.norm(ours) / np.linalg.norm(theirs) == pytest.approx(1.0, abs=1e-4)
    projected = features @ weight.T + bias
    assert np.abs(projected.mean(axis=0)).max() < 1e-4
    assert (projected**2).mean() == pytest.approx(1.0, rel=0.01)


def test_what_changes_between_views_is_left_out() -> None:
    rng = np.random.default_rng(1)
    features = (rng.normal(size=(500, 4)) * [1.0, 5.0, 1.0, 1.0]).astype(np.float32)
    differences = (rng.normal(size=(500, 4)) * [0.1, 20.0, 0.1, 0.1]).astype(np.float32)
    weight, _ = discriminants(features, differences, 3, 0.0)
    assert np.abs(weight[:, 1]).max() < 0.05 * np.abs(weight).max()


def test_full_shrinkage_is_principal_component_analysis() -> None:
    rng = np.random.default_rng(2)
    features = (rng.normal(size=(800, 4)) * [1.0, 4.0, 2.0, 0.1]).astype(np.float32)
    weight, _ = discriminants(features, rng.normal(size=(50, 4)).astype(np.float32), 2, 1.0)
    assert np.abs(weight).argmax(axis=1).tolist() == [1, 2]
