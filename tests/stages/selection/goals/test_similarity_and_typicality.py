import numpy as np
import pytest

from configs.errors import InputError
from selection_assets.stages.selection.distances import neighbors
from selection_assets.stages.selection.distances.neighbors import neighbor_distances
from selection_assets.stages.selection.goals.embeddings import QueryEmbeddings
from selection_assets.stages.selection.goals.similarity import similarity
from selection_assets.stages.selection.goals.typicality import typicality
from tests.stages.selection.oracles import distances


@pytest.mark.parametrize("k", [1, 5, 400])
def test_neighbor_distances(k: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbors, "_BLOCK", 30)
    x = np.random.default_rng(0).normal(size=(300, 6)).astype(np.float32)
    x[20] = x[10]
    rows = np.flatnonzero(np.arange(300) % 3 != 1)
    between = distances(x[rows])
    np.fill_diagonal(between, np.inf)
    expected = np.sort(between, axis=1)[:, : min(k, len(rows) - 1)]
    np.testing.assert_allclose(neighbor_distances(x, rows, k), expected, rtol=1e-12)


def test_neighbors_of_one_row_or_none() -> None:
    x = np.zeros((2, 3), np.float32)
    assert neighbor_distances(x, np.array([1]), 5).shape == (1, 0)
    assert neighbor_distances(x, np.empty(0, np.int64), 5).shape == (0, 0)


def test_typicality_is_the_mean_closeness_of_the_neighbors() -> None:
    x = np.random.default_rng(1).normal(size=(80, 3)).astype(np.float32)
    between = distances(x)
    np.fill_diagonal(between, np.inf)
    nearest = np.sort(between, axis=1)[:, :7]
    np.testing.assert_allclose(typicality(x, np.arange(80), 7), np.exp(-nearest / nearest.mean()).mean(axis=1))


def test_equal_samples_are_fully_typical_and_similar() -> None:
    x = np.ones((4, 2), np.float32)
    assert typicality(x, np.arange(4), 2).tolist() == [1.0] * 4
    assert similarity(x, np.arange(4), QueryEmbeddings(x[:1])).tolist() == [1.0] * 4


def test_similarity_is_of_the_nearest_query_vector() -> None:
    rng = np.random.default_rng(2)
    x, query = rng.normal(size=(30, 4)).astype(np.float32), rng.normal(size=(5, 4)).astype(np.float32)
    nearest = distances(np.vstack([x, query]))[:30, 30:].min(axis=1)
    values = similarity(x, np.arange(30), QueryEmbeddings(query))
    np.testing.assert_allclose(values, np.exp(-nearest / nearest.mean()))


def test_one_sample_has_no_typicality() -> None:
    with pytest.raises(InputError, match="at least 2 samples"):
        typicality(np.ones((4, 2), np.float32), np.array([1]), 3)
