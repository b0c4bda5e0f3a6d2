"""PCA against scikit-learn; UMAP by what it must preserve, and beside umap-learn where that is installed."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

from selection_assets.stages.reporting.projections import (
    NEIGHBOURS,
    neighbour_graph,
    pca,
    rows_to_project,
    umap,
)
from tests.stages.reporting.facts_factory import clusters


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


def test_graph_is_exact_and_starts_with_the_row_itself() -> None:
    x, _ = clusters(80)
    rows, distances = neighbour_graph(x, 7)
    assert rows[:, 0].tolist() == list(range(80))
    expected = NearestNeighbors(n_neighbors=8).fit(x).kneighbors(x)[0]
    np.testing.assert_allclose(distances, expected, atol=1e-3)


def test_graph_among_copies_still_starts_with_the_row_itself() -> None:
    rows, distances = neighbour_graph(np.repeat(np.eye(2, dtype=np.float32), 20, axis=0), 5)
    assert rows[:, 0].tolist() == list(range(40))
    assert all(len(set(row)) == 6 for row in rows.tolist())
    assert not distances.any()


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


def test_large_sets_show_both_kinds_in_their_shares() -> None:
    special = np.arange(1000) % 10 == 0
    rows = rows_to_project(special, seed=1, limit=200)
    assert len(rows) == len(set(rows.tolist())) == 200
    assert (np.diff(rows) > 0).all()
    assert special[rows].sum() == 20
    assert (rows == rows_to_project(special, seed=1, limit=200)).all()
    rare = np.arange(1000) == 5
    assert rare[rows_to_project(rare, limit=200)].sum() == 1
    assert rows_to_project(special, limit=1000).tolist() == list(range(1000))


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
