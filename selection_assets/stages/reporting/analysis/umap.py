"""UMAP views of the embeddings, at three neighbourhood sizes.

UMAP (McInnes, Healy, Melville 2018, arXiv:1802.03426) comes from fastumap: compiled code that imports in
milliseconds, while umap-learn compiles its kernels on every import.
"""

import numpy as np
from numpy.typing import NDArray

from selection_assets.stages.reporting.analysis.pca import pca

NEIGHBOURS = (5, 15, 50)
SMALLEST_GRAPH = 4  # fewer points have no neighbourhoods to preserve
START_WIDTH = 10.0  # standard deviation of the start; UMAP's own spectral start is as wide
N_EPOCHS = 200  # 500 raise the trustworthiness by less than 0.005, at more than twice the time


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
    wide = np.pad(embeddings, ((0, 0), (0, 1))).astype(np.float64)  # at least two columns: a flat one changes nothing
    # As good a start as UMAP's own spectral one (D. Kobak, G. Linderman, "Initialization is critical for preserving
    # global data structure in both t-SNE and UMAP", 2021), for which the search takes minutes where groups of nearly
    # equal rows hang together by a thread.
    start = pca(embeddings).coordinates.astype(np.float64)
    start *= START_WIDTH / max(float(start.std()), 1e-12)
    start += np.random.default_rng(seed).normal(scale=1e-4 * START_WIDTH, size=start.shape)
    return np.asarray(
        umap_project(wide, 2, init=start, precomputed_knn=nearest, n_epochs=N_EPOCHS, random_state=seed), np.float32
    )
