"""Two-dimensional views of the embeddings: PCA, and UMAP at three neighbourhood sizes.

Only coordinates belong here; `plot_scatter.py` and the HTML report draw them.

UMAP (McInnes, Healy, Melville 2018, arXiv:1802.03426) comes from fastumap: compiled code that imports in
milliseconds, while umap-learn compiles its kernels on every import. PCA is an eigendecomposition of the d x d
covariance, equal to scikit-learn's up to the sign, without the seconds that its import takes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from selection_assets.stages.selection.distances.nearest_rows import flat_index

NEIGHBOURS = (5, 15, 50)
MAX_ROWS = 5_000
SMALLEST_GRAPH = 4  # fewer points have no neighbourhoods to preserve
START_WIDTH = 10.0  # standard deviation of the start; UMAP's own spectral start is as wide
N_EPOCHS = 200  # 500 raise the trustworthiness by less than 0.005, at more than twice the time


@dataclass(frozen=True)
class Pca:
    """(n, 2) float32 coordinates and the share of the variance that each axis explains."""

    coordinates: NDArray[np.float32]
    explained: tuple[float, float]


def rows_to_project(keep_first: NDArray[np.bool_], seed: int = 0, limit: int = MAX_ROWS) -> NDArray[np.int64]:
    """The rows that the views show: all, or a seeded random `limit` of them with both kinds in their true shares.

    Args:
        keep_first: (n,) bool, the samples of special interest (the selected ones). A random sample would keep them in
            proportion on average; drawing the two kinds apart keeps it exact, and at least one of each.
    """
    n = len(keep_first)
    if n <= limit:
        return np.arange(n)
    rng = np.random.default_rng(seed)
    special, other = np.flatnonzero(keep_first), np.flatnonzero(~keep_first)
    n_special = int(np.clip(round(limit * len(special) / n), min(1, len(special)), len(special)))
    chosen = [rng.choice(special, n_special, replace=False), rng.choice(other, limit - n_special, replace=False)]
    return np.sort(np.concatenate(chosen))


def pca(embeddings: NDArray[np.float32]) -> Pca:
    """First two principal components of (n, d) vectors; missing axes (d < 2, no variance) are zero.

    The sign is fixed so that the largest absolute entry of each axis is positive.
    """
    n = len(embeddings)
    x = embeddings.astype(np.float64)
    x -= x.mean(axis=0) if n else 0.0
    values, vectors = np.linalg.eigh(x.T @ x)
    order = np.argsort(values)[::-1][:2]
    axes = vectors[:, order]
    axes = axes * np.where(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])] < 0, -1.0, 1.0)
    coordinates = np.zeros((n, 2), np.float32)
    coordinates[:, : len(order)] = x @ axes
    total = float(np.maximum(values, 0).sum())
    shares = [float(max(values[i], 0) / total) if total > 0 else 0.0 for i in order] + [0.0]
    return Pca(coordinates, (shares[0], shares[1]))


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


def umap(
    embeddings: NDArray[np.float32],
    graph: tuple[NDArray[np.int64], NDArray[np.float64]],
    n_neighbours: int,
    seed: int = 0,
) -> NDArray[np.float32]:
    """UMAP coordinates, the same for the same input and seed.

    Args:
        embeddings: (n, d) vectors.
        graph: from `neighbour_graph(embeddings, k)` with k >= `n_neighbours`; with fewer than `n_neighbours` other
            rows, all of them are the neighbours.
        n_neighbours: size of the neighbourhood that the view preserves.

    Returns:
        (n, 2) float32. Fewer than four points, or points that are all equal, have no neighbourhoods: they are shown by
        their principal components.
    """
    if len(embeddings) < SMALLEST_GRAPH or not graph[1].any():
        return pca(embeddings).coordinates
    from fastumap import umap_project

    nearest = graph[0][:, : n_neighbours + 1], graph[1][:, : n_neighbours + 1]
    wide = np.pad(embeddings, ((0, 0), (0, max(0, 2 - embeddings.shape[1])))).astype(np.float64)
    # As good a start as UMAP's own spectral one (D. Kobak, G. Linderman, "Initialization is critical for preserving
    # global data structure in both t-SNE and UMAP", 2021), for which the search takes minutes where groups of nearly
    # equal rows hang together by a thread.
    start = pca(embeddings).coordinates.astype(np.float64)
    start *= START_WIDTH / max(float(start.std()), 1e-12)
    start += np.random.default_rng(seed).normal(scale=1e-4 * START_WIDTH, size=start.shape)
    return np.asarray(
        umap_project(wide, 2, init=start, precomputed_knn=nearest, n_epochs=N_EPOCHS, random_state=seed), np.float32
    )
