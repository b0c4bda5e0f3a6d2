"""The nearest neighbours of every row: what UMAP's views are made from."""

import numpy as np
from numpy.typing import NDArray

from selection_assets.stages.selection.distances.nearest_rows import flat_index


def neighbour_graph(embeddings: NDArray[np.float32], k: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Exact k nearest other rows of every row, each row itself in column 0: (n, k + 1) rows and L2 distances."""
    n = len(embeddings)
    if n == 0:
        return np.empty((0, 1), np.int64), np.empty((0, 1), np.float64)
    x = np.ascontiguousarray(embeddings - embeddings.mean(axis=0), dtype=np.float32)
    d2, rows = flat_index(x).search(x, min(k + 1, n))
    itself = rows == np.arange(n)[:, None]
    lost = ~itself.any(axis=1)  # among more than k exact copies a row may not find itself
    itself[lost, -1] = True
    order = np.argsort(~itself, axis=1, kind="stable")
    rows, d2 = np.take_along_axis(rows, order, axis=1), np.take_along_axis(d2, order, axis=1)
    rows[:, 0], d2[:, 0] = np.arange(n), 0.0
    return rows.astype(np.int64), np.sqrt(np.maximum(d2, 0.0)).astype(np.float64)
