"""Embeddings scaled to unit length, so that L2 distances lie between 0 and 2 and compare directions only."""

import logging

import numpy as np
from numpy.typing import NDArray

log = logging.getLogger("winnow")

BLOCK_ROWS = 65_536


def normalize_rows(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, d) -> (N, d) float32 rows of L2 length 1, to within 1e-6; computed in float64, so that nothing overflows.

    A row of zeros has no direction: it stays zero (distance 1 to every other row, 0 to its like), with a warning.
    """
    unit = np.empty(vectors.shape, np.float32)
    zeros = 0
    for start in range(0, len(vectors), BLOCK_ROWS):
        block = np.asarray(vectors[start : start + BLOCK_ROWS], np.float64)
        lengths = np.sqrt(np.einsum("nd,nd->n", block, block))
        zeros += len(lengths) - int(np.count_nonzero(lengths))
        unit[start : start + BLOCK_ROWS] = block / np.where(lengths, lengths, 1.0)[:, None]
    if zeros:
        log.warning("%d embeddings are all zeros and cannot be scaled to unit length: they stay zero", zeros)
    return unit
