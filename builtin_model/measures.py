"""Measures of an embedding by nearest neighbours (cosine), each a share between 0 and 1, more is better."""

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]  # (N, D)


def unit(vectors: Vectors) -> Vectors:
    rows: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return rows


def nearest(queries: Vectors, gallery: Vectors, forbidden: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
    """(Q,): the row of the gallery with the largest cosine, of those that `forbidden` (Q, G) does not exclude."""
    cosines = unit(queries) @ unit(gallery).T
    if forbidden is not None:
        cosines[forbidden] = -np.inf
    rows: NDArray[np.int64] = cosines.argmax(axis=1)
    return rows


def same_class(vectors: Vectors, classes: NDArray[np.int64]) -> float:
    """How often the nearest other picture is of the same class."""
    others = nearest(vectors, vectors, np.eye(len(vectors), dtype=bool))
    return float((classes[others] == classes).mean())


def same_picture(copies: Vectors, originals: Vectors, source: NDArray[np.int64]) -> float:
    """How often the original nearest to a distorted copy is the one it was made from; `source` (Q,) tells which."""
    return float((nearest(copies, originals) == source).mean())


def neighbours_in_time(drive: NDArray[np.int64], number: NDArray[np.int64], frames: int) -> NDArray[np.bool_]:
    """(N, N): true for two frames of one drive that are at most `frames` apart, each frame with itself among them."""
    near: NDArray[np.bool_] = (drive[:, None] == drive) & (np.abs(number[:, None] - number) <= frames)
    return near


def mix_agreement(mix: NDArray[np.float64], others: NDArray[np.int64]) -> float:
    """Mean of 1 - 1/2 sum |p - q| over pictures and their neighbours; rows of `mix` are shares of classes."""
    return float(1.0 - 0.5 * np.abs(mix - mix[others]).sum(axis=1).mean())
