"""Data for the selection benchmark, our loop behind a plain call, and the peers that it is compared with.

Nothing is timed here.
"""

from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from selection_assets.stages.selection.distances.nearest_selected import NearestSelected
from selection_assets.stages.selection.loops.farthest_point import farthest_point_loop

Vectors = NDArray[np.float32]


def pictures(n: int, d: int, near_duplicates: float = 0.0, seed: int = 0) -> Vectors:
    """Unit vectors like embeddings of pictures: groups of very unequal size, about 24 directions that matter, noise in
    all of them, and a share of rows that nearly repeat another one."""
    rng = np.random.default_rng(seed)
    groups, directions = max(10, n // 500), 24
    centres = 0.8 * rng.normal(size=(groups, d)).astype(np.float32)
    basis = 0.7 * rng.normal(size=(directions, d)).astype(np.float32)
    scale = 1 / np.sqrt(np.arange(1, directions + 1, dtype=np.float32))
    x = np.empty((n, d), np.float32)
    for start in range(0, n, 100_000):
        part = x[start : start + 100_000]
        part[:] = centres[rng.zipf(1.5, size=len(part)) % groups]
        part += (rng.normal(size=(len(part), directions)).astype(np.float32) * scale) @ basis
        part += 0.15 * rng.standard_normal(part.shape, np.float32)
    if near_duplicates:
        rows = rng.permutation(n)
        copies, kept = rows[: int(n * near_duplicates)], rows[int(n * near_duplicates) :]
        noise = 0.01 * rng.standard_normal((len(copies), d), np.float32)
        x[copies] = x[kept[rng.integers(len(kept), size=len(copies))]] + noise
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    return x


def sphere(n: int, d: int, seed: int = 0) -> Vectors:
    """Uniform on the sphere: the worst case, no structure to use."""
    x = np.random.default_rng(seed).standard_normal((n, d), np.float32)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    return x


def blas_loop(x: NDArray[np.floating], k: int) -> list[int]:
    """Plain NumPy in the precision of x: one product of the whole matrix with the last pick, per pick."""
    norms = np.einsum("ij,ij->i", x, x)
    squared = np.full(len(x), np.inf, x.dtype)
    order = [0]
    while len(order) < k:
        last = order[-1]
        np.minimum(squared, norms + norms[last] - 2 * (x @ x[last]), out=squared)
        order.append(int(squared.argmax()))
    return order


def ours_diversity(x: Vectors, k: int | None, min_distance: float | None = None) -> tuple[list[int], NearestSelected]:
    state = NearestSelected(x, len(x) if k is None else k)
    state.add(np.array([0]))
    mask = np.ones(len(x), bool)
    mask[0] = False
    limit = (len(x) if k is None else k) - 1
    picks = farthest_point_loop(state, mask, limit, None if k is None else limit, min_distance)
    return [0, *picks.order.tolist()], state


def installed(name: str) -> Any | None:
    try:
        return import_module(name)
    except ImportError:
        return None


def mundig_diversity(x: Vectors, k: int, min_distance: float | None = None) -> list[int]:
    selection = import_module("lightly_mundig").Selection()
    selection.add_diversifying_strategy(x, 1.0, min_distance)
    order: list[int] = selection.run_selection([0], len(x), k)
    return order


def radius(x: Vectors, order: list[int]) -> float:
    rows = NearestSelected(x, len(order))
    rows.add(np.asarray(order))
    rows.refresh(np.arange(len(x)))
    return float(np.sqrt(rows.squared.max()))
