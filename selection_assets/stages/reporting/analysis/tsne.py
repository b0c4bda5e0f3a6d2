"""t-SNE of the embeddings, as a two-dimensional view, by scikit-learn."""

import numpy as np
from numpy.typing import NDArray

from selection_assets.stages.reporting.analysis.pca import pca

PERPLEXITY = 30.0  # the usual one; fewer points have fewer neighbours
FEWEST = 4


def tsne(embeddings: NDArray[np.float32], seed: int = 0) -> NDArray[np.float32]:
    """(n, d) -> (n, 2) float32, the same for the same input and seed.

    Fewer than four points, and points that are all equal, are shown by their principal components, as by `umap`.
    """
    start = pca(embeddings).coordinates
    if len(embeddings) < FEWEST or not start.any():
        return start
    from sklearn.manifold import TSNE

    start = start * (1e-4 / max(float(start[:, 0].std()), 1e-12))  # as scikit-learn scales its own start
    perplexity = min(PERPLEXITY, (len(embeddings) - 1) / 3)
    made = TSNE(2, perplexity=perplexity, init=start, random_state=seed).fit_transform(embeddings)
    return np.asarray(made, np.float32)
