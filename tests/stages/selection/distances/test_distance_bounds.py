"""Lower bounds never exceed the distance, and are close to it where the data have few directions."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from selection_assets.stages.selection.distances.distance_bounds import DistanceBounds, leading_axes
from selection_assets.stages.selection.distances.nearest_selected import NearestSelected
from selection_assets.stages.selection.loops.farthest_point import farthest_point_loop, plain_loop
from tests.stages.selection.loops.test_farthest_point import clustered

N, D = 5000, 64


def few_directions(seed: int = 0, scale: float = 1.0, offset: float = 0.0) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(N, 8)) @ rng.normal(size=(8, D)) + 0.05 * rng.normal(size=(N, D))
    return (scale * x + offset).astype(np.float32)


def with_outliers() -> NDArray[np.float32]:
    x = few_directions()
    x[[7, 4999]] *= 1e12  # not in the sample that sets the unit of the coordinates kept
    x[[11, 13]] *= 1e-12
    return x


def bounds_of(x: NDArray[np.floating], leading: bool = True) -> DistanceBounds:
    def one_by_one(function: Callable[[Any], Any], blocks: Iterable[Any]) -> list[Any]:
        return [function(block) for block in blocks]

    def vectors(rows: NDArray[np.int64]) -> tuple[NDArray[np.floating], NDArray[np.int64]]:
        return x[rows].astype(np.float32) if x.dtype == np.float16 else x[rows], np.arange(len(rows))

    return DistanceBounds(x, vectors, one_by_one, leading=leading)


@pytest.mark.parametrize(
    "x",
    [
        few_directions(),
        few_directions(scale=1e-9),
        few_directions(scale=1e6),
        few_directions(offset=1000.0),
        few_directions().astype(np.float64),
        few_directions().astype(np.float16),
        with_outliers(),
    ],
    ids=["plain", "tiny", "large", "far from 0", "float64", "float16", "outliers"],
)
@pytest.mark.parametrize("leading", [True, False])
def test_never_above_the_distance(x: NDArray[np.floating], leading: bool) -> None:
    bounds = bounds_of(x, leading)
    assert (bounds.p < D) == leading
    rows = np.unique(np.r_[0:15, np.random.default_rng(1).choice(N, 300, replace=False), N - 1])
    y, low = bounds.of(rows)
    assert y.shape == (len(rows), bounds.p + 1)
    exact = x[rows].astype(np.float64)
    squared = ((exact[:, None] - exact) ** 2).sum(axis=2)
    with np.errstate(invalid="ignore"):
        bound = low[:, None] + low - 2 * (y[:, :-1] @ y[:, :-1].T)
    assert not (bound > squared).any()  # a bound that is not a number rules nothing out
    ordinary = np.abs(exact).max(axis=1) < 1e9
    size = (exact - exact[ordinary].mean(axis=0))[ordinary]
    close = squared[np.ix_(ordinary, ordinary)] - bound[np.ix_(ordinary, ordinary)]
    norms = (size**2).sum(axis=1)
    assert (close <= 0.05 * (norms[:, None] + norms) + 0.1 * squared[np.ix_(ordinary, ordinary)]).all()


def test_coordinates_are_those_of_most_variance_and_none_where_all_directions_count() -> None:
    x = few_directions().astype(np.float64)
    axes = leading_axes((x - x.mean(axis=0))[:2048])
    assert axes is not None
    assert axes.shape == (D, 8)
    assert np.allclose(axes.T @ axes, np.eye(8), atol=1e-6)
    _, _, oracle = np.linalg.svd((x - x.mean(axis=0))[:2048], full_matrices=False)
    assert np.allclose(np.linalg.svd(axes.T @ oracle[:8].T)[1], 1, atol=1e-3)  # they span the same space
    assert leading_axes(np.random.default_rng(0).normal(size=(2048, D))) is None
    assert leading_axes(np.zeros((2048, D))) is None


@pytest.mark.parametrize("make", [few_directions, with_outliers, lambda: clustered(N, D, seed=3)])
def test_picks_of_the_plain_loop_with_leading_coordinates(make: Callable[[], NDArray[np.float32]]) -> None:
    x = make()
    state = NearestSelected(x, N)  # so many that all rows are prepared
    state.add(np.array([0]))
    mask = np.ones(N, bool)
    mask[0] = False
    ours = farthest_point_loop(state, mask, 300, 300, None)
    mask = np.ones(N, bool)
    mask[0] = False
    plain = plain_loop(x, np.array([0]), mask, 300, 300, None)
    assert ours.order.tolist() == plain.order.tolist()
    assert np.allclose(ours.distance, plain.distance, rtol=1e-12)
    assert ours.nearest.tolist() == plain.nearest.tolist()
