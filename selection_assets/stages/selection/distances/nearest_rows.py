"""Exact nearest rows of one set of vectors in another (L2), by faiss.

Only the search belongs here. What a neighbour means (a removed sample's representative, a UMAP edge) belongs to the
callers.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from selection_assets.stages.progress import progress

QUERY_BLOCK = 16_384
CANDIDATES = 4


def nearest_rows(
    queries: NDArray[np.float32], targets: NDArray[np.float32], description: str = "Nearest samples"
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The nearest target of every query.

    Args:
        queries: (q, d) vectors.
        targets: (t, d) vectors, t >= 1.
        description: text of the progress display.

    Returns:
        (q,) rows of `targets` and (q,) L2 distances. faiss (IndexFlatL2) names the best few targets in float32; their
        distances are computed again in float64 from the differences, the nearest wins, ties go to the lower row.
    """
    centre = targets.mean(axis=0)  # less cancellation in faiss' |a|^2 + |b|^2 - 2ab
    index = flat_index(np.ascontiguousarray(targets - centre, dtype=np.float32))
    k = min(CANDIDATES, len(targets))
    rows = np.empty(len(queries), np.int64)
    distances = np.empty(len(queries), np.float64)
    with progress(description, total=len(queries), unit="samples") as bar:
        for start in range(0, len(queries), QUERY_BLOCK):
            block = queries[start : start + QUERY_BLOCK]
            found = index.search(np.ascontiguousarray(block - centre, dtype=np.float32), k)[1]
            candidates = np.sort(found, axis=1)  # (b, k)
            exact = block.astype(np.float64)
            gaps = np.stack([np.linalg.norm(exact - targets[c], axis=1) for c in candidates.T], axis=1)
            best = gaps.argmin(axis=1)
            here = slice(start, start + len(block))
            rows[here] = np.take_along_axis(candidates, best[:, None], axis=1)[:, 0]
            distances[here] = np.take_along_axis(gaps, best[:, None], axis=1)[:, 0]
            bar.update(len(block))
    return rows, distances


def flat_index(vectors: NDArray[np.float32]) -> Any:
    """A faiss IndexFlatL2 with the given (n, d) rows."""
    import faiss

    index = faiss.IndexFlatL2(vectors.shape[1])
    index.add(vectors)
    return index
