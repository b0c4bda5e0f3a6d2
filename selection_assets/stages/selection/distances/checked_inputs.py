"""Checks on what every selection loop is given: finite vectors, valid rows, sensible bounds.

Nothing here picks anything.
"""

import numpy as np
from numpy.typing import NDArray

from configs.errors import InputError

LARGEST = 1e15
_CHECK_VALUES = 1 << 18  # looked at in one go: they fit the cache, and a memory-mapped matrix is never loaded whole


def checked_embeddings(embeddings: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return `embeddings` unchanged when it is an (n, d) float16/32/64 matrix of finite numbers, d > 0.

    Raises InputError that names the first rows with NaN or infinite values, or with values so large that their squares
    do not fit float32.
    """
    if embeddings.ndim != 2 or embeddings.shape[1] == 0:
        raise InputError(f"embeddings: expected a matrix with one row per sample, got the shape {embeddings.shape}")
    if embeddings.dtype not in (np.float16, np.float32, np.float64):
        raise InputError(f"embeddings: expected float16, float32 or float64 values, got {embeddings.dtype}")
    n, d = embeddings.shape
    step = max(1, _CHECK_VALUES // d)
    for start in range(0, n, step):
        block = embeddings[start : start + step]
        if not (float(block.max(initial=0)) <= LARGEST and float(block.min(initial=0)) >= -LARGEST):  # NaN is neither
            raise InputError(_unusable(embeddings, start, step))
    return embeddings


def _unusable(embeddings: NDArray[np.floating], first: int, step: int) -> str:
    """What is wrong with the rows from the block at `first` on, of which at most ten are named."""
    infinite = not np.isfinite(embeddings[first : first + step]).all()
    rows: list[int] = []
    for start in range(first, len(embeddings), step):
        block = embeddings[start : start + step].astype(np.float64)
        bad = ~np.isfinite(block) if infinite else np.abs(block) > LARGEST
        rows += (start + np.flatnonzero(bad.any(axis=1))).tolist()
        if len(rows) > 10:
            break
    names = ", ".join(map(str, rows[:10])) + (", …" if len(rows) > 10 else "")
    if infinite:
        return f"embeddings: NaN or infinite values in row {names}; remove or re-embed these samples"
    return f"embeddings: values beyond {LARGEST:g} in row {names}; rescale or remove these samples"


def checked_rows(name: str, rows: NDArray[np.int64] | None, n: int) -> NDArray[np.int64]:
    """Rows without repetition, in the order given. Raises InputError when one is outside [0, n)."""
    if rows is None:
        return np.empty(0, np.int64)
    rows = np.asarray(rows, np.int64).ravel()
    outside = rows[(rows < 0) | (rows >= n)]
    if len(outside):
        raise InputError(f"{name}: row {outside[0]} does not exist, there are {n} rows")
    _, first = np.unique(rows, return_index=True)
    return rows[np.sort(first)]


def checked_candidates(
    candidates: NDArray[np.bool_] | None, n: int, preselected: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """(n,) mask of the rows that may be picked: the given ones, less the pre-selected."""
    if candidates is None:
        mask = np.ones(n, bool)
    else:
        mask = np.array(candidates, bool)
        if mask.shape != (n,):
            raise InputError(f"candidates: expected one flag for each of the {n} rows, got the shape {mask.shape}")
    mask[preselected] = False
    return mask


def checked_bounds(n_samples: int | None, min_distance: float | None) -> None:
    """Raises InputError for a negative number of samples, or a distance that is negative or not a number."""
    if n_samples is not None and n_samples < 0:
        raise InputError(f"n_samples: {n_samples} is negative; give a count of at least 1")
    if min_distance is not None and not 0 <= min_distance < np.inf:
        raise InputError(f"min_distance: {min_distance} is not a distance; give a number of at least 0")
