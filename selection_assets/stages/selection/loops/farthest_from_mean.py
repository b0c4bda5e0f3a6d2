"""The first pick where nothing is selected yet: the candidate farthest from the mean of the candidates."""

import numpy as np
from numpy.typing import NDArray

from selection_assets.stages.selection.distances.nearest_selected import NearestSelected

_VALUES = 1 << 20  # of a block of rows
_ROUNDING = 1e-12  # relative; far above what the order of summation changes


def farthest_from_mean(embeddings: NDArray[np.floating], mask: NDArray[np.bool_]) -> int:
    """The row of `mask` farthest from the mean of these rows, in float64; of equally far ones the lowest index."""
    rows = np.flatnonzero(mask)
    blocks = _blocks(rows, embeddings.shape[1])
    mean = sum(embeddings[block].sum(axis=0, dtype=np.float64) for block in blocks) / len(rows)
    return _farthest(embeddings, blocks, mean)


def farthest_from_mean_in_threads(state: NearestSelected, mask: NDArray[np.bool_]) -> int:
    """The same for many rows, at the speed of reading them twice."""
    from selection_assets.stages.selection.distances.distance_kernels import add_rows, squared_from

    rows = np.flatnonzero(mask)
    d = state.embeddings.shape[1]
    blocks = _blocks(rows, d)
    mean = sum(state.run_in_threads(lambda block: add_rows(*state.vectors(block)), blocks)) / len(rows)
    parts = state.run_in_threads(lambda block: squared_from(*state.vectors(block), mean[None]), blocks)
    squared = np.concatenate(parts)
    close = rows[squared >= squared.max() * (1 - _ROUNDING)]
    return _farthest(state.embeddings, _blocks(close, d), mean)


def _blocks(rows: NDArray[np.int64], d: int) -> list[NDArray[np.int64]]:
    step = max(1, _VALUES // d)
    return [rows[start : start + step] for start in range(0, len(rows), step)]


def _farthest(embeddings: NDArray[np.floating], blocks: list[NDArray[np.int64]], mean: NDArray[np.float64]) -> int:
    parts = [((embeddings[block].astype(np.float64) - mean) ** 2).sum(axis=1) for block in blocks]
    return int(np.concatenate(blocks)[np.argmax(np.concatenate(parts))])
