"""Slow, obvious float64 versions of the selection loops, for comparison. One line per rule, no speed."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Rating = Callable[[list[int], int], float]


def distances(x: NDArray[np.floating]) -> NDArray[np.float64]:
    x = x.astype(np.float64)
    return np.array([np.sqrt(((x - row) ** 2).sum(axis=1)) for row in x])


def farthest_point_loop(
    x: NDArray[np.floating],
    n_samples: int | None,
    min_distance: float | None,
    preselected: list[int],
    candidates: NDArray[np.bool_],
) -> tuple[list[int], list[float], list[int]]:
    """Order, distance and nearest selected row of each new pick."""
    between = distances(x)
    value = np.full(len(x), np.inf)
    near = np.full(len(x), -1)
    left = candidates.copy()

    def see(row: int) -> None:
        nearer = between[row] < value
        value[nearer], near[nearer] = between[row][nearer], row
        left[row] = False

    for row in preselected:
        see(row)
    order: list[int] = []
    distance: list[float] = []
    nearest: list[int] = []
    while left.any() and (n_samples is None or len(order) < n_samples):
        rows = np.flatnonzero(left)
        if np.isinf(value[rows[0]]):
            mean = x[rows].astype(np.float64).mean(axis=0)
            best, far = int(rows[np.argmax(((x[rows].astype(np.float64) - mean) ** 2).sum(axis=1))]), np.nan
        else:
            best = int(rows[np.argmax(value[rows])])
            far = float(value[best])
            if min_distance is not None and np.float32(far) < np.float32(min_distance):
                break
        order.append(best)
        distance.append(far)
        nearest.append(int(near[best]))
        see(best)
    return order, distance, nearest


def sum_rating(values: NDArray[np.floating], strength: float) -> Rating:
    return lambda selected, i: strength * np.log(max(sum(values[j] for j in selected) + values[i], 1e-30))


def distance_rating(x: NDArray[np.floating], strength: float, objects: list[list[int]] | None = None) -> Rating:
    """objects: for each sample the rows of `x` that are its objects; None: sample i is row i."""
    squared = distances(x) ** 2
    of = objects if objects is not None else [[i] for i in range(len(x))]

    def rate(selected: list[int], i: int) -> float:
        chosen = [o for j in selected for o in of[j]]
        if not chosen:
            value = 1.0 if of[i] else 0.0
        else:
            spread = sum(min(squared[a, b] for b in chosen if b != a) for a in chosen) if len(chosen) > 1 else 0.0
            value = spread + (float(np.mean([min(squared[o, c] for c in chosen) for o in of[i]])) if of[i] else 0.0)
        return strength * float(np.log(max(value, 1e-30)))

    return rate


def balance_rating(classes: NDArray[np.floating], target: list[float], strength: float) -> Rating:
    def rate(selected: list[int], i: int) -> float:
        counts = classes[[*selected, i]].sum(axis=0)
        shares = counts / counts.sum() if counts.sum() > 0 else counts
        entropy = -sum(t * np.log(max(p, 1e-10)) for t, p in zip(target, shares, strict=True) if t > 0)
        return -strength * float(np.log(max(entropy, 1e-9)))

    return rate


def assert_greedy(order: list[int], ratings: list[Rating], candidates: list[int], selected: list[int]) -> None:
    """Every pick is the best of all candidates at its time, to rounding."""
    left, selected = sorted(set(candidates) - set(selected)), list(selected)
    for place, row in enumerate(order):
        total = {i: sum(rate(selected, i) for rate in ratings) for i in left}
        best = max(total.values())
        assert total[row] >= best - 1e-9 * (1 + abs(best)), f"pick {place} is {row}"
        selected.append(row)
        left.remove(row)
