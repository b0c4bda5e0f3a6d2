"""The two directions of largest variance of the embeddings, as a two-dimensional view.

An eigendecomposition of the d x d covariance, equal to scikit-learn's up to the sign, without the seconds that its
import takes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Pca:
    """(n, 2) float32 coordinates and the share of the variance that each axis explains."""

    coordinates: NDArray[np.float32]
    explained: tuple[float, float]


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
