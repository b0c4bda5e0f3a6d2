"""Fixed values of samples that come from embeddings: similarity to a query, typicality among the others.

Both are exp(-d / mean d), averaged where there are several d: 1 at distance 0, and free of the unit of the embeddings.
"""

import numpy as np
from numpy.typing import NDArray

from configs.errors import InputError
from selection_assets.stages.selection.loop_inputs import checked_embeddings
from selection_assets.stages.selection.nearest_selected import NearestSelected
from selection_assets.stages.selection.neighbors import neighbor_distances
from selection_assets.stages.selection.strategies import QueryEmbeddings

_STEP = 65536  # rows that are copied together with the query


def similarity(
    embeddings: NDArray[np.floating], rows: NDArray[np.int64], query: QueryEmbeddings
) -> NDArray[np.float64]:
    """(r,) similarity of `rows` to the query: exp(-d / m) with d the distance to the nearest query vector and m the
    mean of all d; 1 where m is 0. Raises InputError when the query is empty or of another dimension."""
    vectors = query.vectors
    if not len(vectors):
        raise InputError(f"SIMILARITY: the query {query.name!r} holds no samples; name a tag that has some")
    if vectors.ndim != 2 or vectors.shape[1] != embeddings.shape[1]:
        raise InputError(
            f"SIMILARITY: the query {query.name!r} has embeddings of shape {vectors.shape}, the samples have "
            f"{embeddings.shape[1]} dimensions; embed both with the same model"
        )
    checked_embeddings(vectors)
    squared = np.empty(len(rows))
    for start in range(0, len(rows), _STEP):
        part = rows[start : start + _STEP]
        state = NearestSelected(np.concatenate([embeddings[part], vectors]), len(vectors))
        state.add(np.arange(len(part), len(part) + len(vectors)))
        state.refresh(np.arange(len(part)))
        squared[start : start + _STEP] = state.squared[: len(part)]
    return _closeness(np.sqrt(squared))


def typicality(embeddings: NDArray[np.floating], rows: NDArray[np.int64], neighbors: int) -> NDArray[np.float64]:
    """(r,) typicality of `rows`: the mean over the k nearest others of exp(-d / m), m the mean of all these d.

    k is `neighbors`, but at most r - 1. Density by nearest neighbours as in A. Hacohen, O. Dekel, D. Weinshall,
    "Active learning on a budget: opposite strategies suit high and low budgets", 2022. Raises InputError for k < 1
    and for fewer than two rows.
    """
    if neighbors < 1:
        raise InputError(f"TYPICALITY: num_nearest_neighbors is {neighbors}; give at least 1")
    if len(rows) < 2:
        raise InputError(f"TYPICALITY: needs at least 2 samples to compare, there is {len(rows)}")
    mean: NDArray[np.float64] = _closeness(neighbor_distances(embeddings, rows, neighbors)).mean(axis=1)
    return mean


def _closeness(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    mean = distances.mean()
    return np.exp(-distances / mean) if mean > 0 else np.ones_like(distances)
