import numpy as np
from sklearn.neighbors import NearestNeighbors

from selection_assets.stages.reporting.analysis.neighbour_graph import neighbour_graph
from tests.stages.reporting.facts_factory import clusters


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
