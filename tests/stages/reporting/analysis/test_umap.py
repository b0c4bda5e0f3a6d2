"""UMAP by what it must preserve, and beside umap-learn where that is installed."""

import numpy as np
import pytest
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

from selection_assets.stages.reporting.analysis.neighbour_graph import neighbour_graph
from selection_assets.stages.reporting.analysis.pca import pca
from selection_assets.stages.reporting.analysis.umap import NEIGHBOURS, umap
from tests.stages.reporting.facts_factory import clusters


@pytest.mark.parametrize("k", NEIGHBOURS)
def test_umap_keeps_neighbours_and_clusters(k: int) -> None:
    x, label = clusters(150, d=16, groups=4)
    y = umap(x, neighbour_graph(x, 50), k)
    assert trustworthiness(x, y, n_neighbors=10) > 0.9
    nearest = NearestNeighbors(n_neighbors=2).fit(y).kneighbors(y, return_distance=False)[:, 1]
    assert (label[nearest] == label).mean() > 0.98


def test_umap_is_the_same_for_the_same_seed() -> None:
    x, _ = clusters(60)
    graph = neighbour_graph(x, 50)
    assert (umap(x, graph, 15, seed=3) == umap(x, graph, 15, seed=3)).all()
    assert (umap(x, graph, 15, seed=3) != umap(x, graph, 15, seed=4)).any()


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 6, 10, 51])
@pytest.mark.parametrize("d", [1, 2, 8])
def test_umap_of_tiny_sets(n: int, d: int) -> None:
    x = np.random.default_rng(0).normal(size=(n, d)).astype(np.float32)
    y = umap(x, neighbour_graph(x, 50), 15)
    assert y.shape == (n, 2) and np.isfinite(y).all()


@pytest.mark.parametrize("copies", [3, 60])
def test_umap_of_copies(copies: int) -> None:
    x = np.repeat(np.eye(3, dtype=np.float32), copies, axis=0)
    y = umap(x, neighbour_graph(x, 50), 5)
    assert y.shape == (3 * copies, 2) and np.isfinite(y).all()
    constant = np.ones((30, 4), np.float32)
    assert not umap(constant, neighbour_graph(constant, 50), 5).any()


@pytest.mark.slow
def test_umap_is_as_trustworthy_as_umap_learn() -> None:
    peer = pytest.importorskip("umap", reason="umap-learn is in the dependency group bench only")
    x, _ = clusters(300, d=32, groups=6, seed=1)
    graph = neighbour_graph(x, 50)
    for k in NEIGHBOURS:
        theirs = peer.UMAP(n_neighbors=k, random_state=0, n_jobs=1).fit_transform(x)
        ours = umap(x, graph, k)
        assert trustworthiness(x, ours, n_neighbors=10) > trustworthiness(x, theirs, n_neighbors=10) - 0.02


@pytest.mark.parametrize("k", NEIGHBOURS)
def test_umap_of_many_groups_of_copies_keeps_the_copies_together(k: int) -> None:
    """The neighbour graph falls into as many pieces as there are groups, and has no spectral start."""
    random = np.random.default_rng(2)
    originals = random.normal(size=(100, 16)).astype(np.float32)
    x = np.repeat(originals, 10, axis=0)
    xy = umap(x, neighbour_graph(x, max(NEIGHBOURS)), k)
    assert np.isfinite(xy).all()
    groups = xy.reshape(100, 10, 2)
    within = np.linalg.norm(groups - groups.mean(axis=1, keepdims=True), axis=-1).mean()
    between = np.linalg.norm(xy - xy.mean(axis=0), axis=-1).mean()
    assert within < 0.35 * between


def test_it_starts_from_the_principal_components(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search for a spectral start takes minutes in data such as this: groups of nearly equal rows."""
    rng = np.random.default_rng(0)
    x = (np.repeat(rng.normal(size=(300, 8)), 10, axis=0) + 1e-4 * rng.normal(size=(3000, 8))).astype(np.float32)
    starts = []

    def project(rows: np.ndarray, dimensions: int, init: np.ndarray, **_: object) -> np.ndarray:
        starts.append(init)
        return np.zeros((len(rows), dimensions))

    monkeypatch.setattr("fastumap.umap_project", project)
    umap(x, neighbour_graph(x, 5), 5)
    (start,) = starts
    for axis in (0, 1):
        assert abs(np.corrcoef(start[:, axis], pca(x).coordinates[:, axis])[0, 1]) > 0.999
    assert start.std() == pytest.approx(10, rel=1e-3)
    exact = pca(x).coordinates * (10 / pca(x).coordinates.std())
    noise = start - exact
    assert noise.std() == pytest.approx(1e-3, rel=0.1)  # tells copies apart


def test_each_view_has_its_own_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def project(
        rows: np.ndarray, dimensions: int, precomputed_knn: tuple[np.ndarray, np.ndarray], **how: object
    ) -> np.ndarray:
        seen.append(
            (rows.dtype, dimensions, [part.shape for part in precomputed_knn], how["n_epochs"], how["random_state"])
        )
        return np.zeros((len(rows), dimensions))

    monkeypatch.setattr("fastumap.umap_project", project)
    x, _ = clusters(80)
    for k in NEIGHBOURS:
        assert umap(x, neighbour_graph(x, 50), k, seed=k).dtype == np.float32
    assert seen == [(np.float64, 2, [(80, k + 1)] * 2, 200, k) for k in (5, 15, 50)]


def test_the_default_seed_is_zero() -> None:
    x, _ = clusters(60)
    graph = neighbour_graph(x, 50)
    assert (umap(x, graph, 15) == umap(x, graph, 15, seed=0)).all()
