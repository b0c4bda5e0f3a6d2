"""Numbers without any spread, sets without any choice: the engine beside slow oracles, or what can be said by heart."""

from itertools import product
from typing import Any

import numpy as np
import polars as pl
import pytest

from configs.errors import InputError
from configs.strategies.balance import Balance
from configs.strategies.diversity import Diversity
from configs.strategies.threshold import Threshold
from configs.strategies.typicality import Typicality
from configs.strategies.weights import Weights
from selection_assets.stages.selection.engine import select
from selection_assets.stages.selection.goals.embeddings import Embeddings
from selection_assets.stages.selection.goals.metadata import Metadata
from selection_assets.stages.selection.goals.predictions import CategoryCount, ClassDistribution
from selection_assets.stages.selection.goals.request import Goal, SelectionRequest
from tests.stages.selection.oracles import Rating, assert_greedy, balance_rating, distance_rating, sum_rating
from tests.stages.selection.samples import DIVERSE


def range_rating(values: Any, strength: float, low: float, high: float, wanted: int) -> Rating:
    """1 / (1 + δ / mean), δ the distance of the sum to the range that is due; a mean of 0 counts as 1."""
    mean = float(np.mean(values)) or 1.0

    def rate(selected: list[int], i: int) -> float:
        total = sum(values[j] for j in selected) + values[i]
        done = (len(selected) + 1) / wanted
        outside = max(0.0, low * done - total, total - high * done)
        return -strength * float(np.log1p(outside / mean))

    return rate


@pytest.mark.parametrize("value", [0.0, 1e-300, 0.5, 1e12])
@pytest.mark.parametrize("bounds", [(0.0, 0.0), (0.0, 1e13), (5.0, 1e13)])
@pytest.mark.parametrize("strength", [1.0, -1.0])
def test_a_range_over_equal_values(value: float, bounds: tuple[float, float], strength: float) -> None:
    """Every row is as good as any other for the range: those that fit are picked as DIVERSITY likes them."""
    n, wanted = 12, 5
    x = np.random.default_rng(3).normal(size=(n, 2)).astype(np.float32)
    frame = pl.DataFrame({"v": [value] * n})
    aim = Weights(target_range={"min_sum": bounds[0], "max_sum": bounds[1]}, strength=strength)
    result = select(frame, x, SelectionRequest((DIVERSE, Goal(Metadata("v"), aim)), n_samples=wanted))
    fitting = wanted if value * wanted <= bounds[1] else int(bounds[1] // value)
    assert len(result.order) == fitting
    alone = select(frame, x, SelectionRequest((DIVERSE,), n_samples=wanted)).order.tolist()
    assert result.order[:1].tolist() == alone[: min(1, fitting)]
    ratings = [distance_rating(x, 1.0), range_rating([value] * n, strength, *bounds, wanted)]
    assert_greedy(result.order.tolist(), ratings, list(range(n)), [])
    assert result.goals[1].reached["sum"] == pytest.approx(value * fitting)


def test_a_range_weighs_by_the_mean_value() -> None:
    """The mean of the values, 4, is the unit of what is missing: with another unit another row would be first."""
    values = np.array([0.0, 2.0, 4.0, 10.0])
    x = np.array([[0.0], [1.0], [2.0], [9.0]], np.float32)
    frame = pl.DataFrame({"v": values})
    for low, strength in product((0.0, 3.0, 12.0, 40.0), (1.0, -1.0, 0.25)):
        aim = Weights(target_range={"min_sum": low, "max_sum": 40.0}, strength=strength)
        result = select(frame, x, SelectionRequest((Goal(Metadata("v"), aim), DIVERSE), n_samples=3))
        ratings = [range_rating(values, strength, low, 40.0, 3), distance_rating(x, 1.0)]
        assert_greedy(result.order.tolist(), ratings, list(range(4)), [])


@pytest.mark.parametrize("value", [0.0, -3.0, 7.5])
@pytest.mark.parametrize("strength", [1.0, -1.0])
def test_weights_that_are_all_equal(value: float, strength: float) -> None:
    frame = pl.DataFrame({"v": [value] * 6})
    goal = Goal(Metadata("v"), Weights(strength=strength))
    result = select(frame, None, SelectionRequest((goal,), n_samples=3))
    assert result.order.tolist() == [0, 1, 2]
    assert result.goals[0].reached == {"sum": 3 * value, "mean_of_picks": value, "mean_of_input": value}
    x = np.random.default_rng(0).normal(size=(6, 2)).astype(np.float32)
    joint = select(frame, x, SelectionRequest((goal, DIVERSE), n_samples=3)).order.tolist()
    shifted = [value - min(value, 0.0)] * 6
    assert_greedy(joint, [sum_rating(np.array(shifted), strength), distance_rating(x, 1.0)], list(range(6)), [])


@pytest.mark.parametrize("shares", [(0.6, 0.6), (1.0, 0.5), (1.0, 1.0), (0.7, 0.3), (0.5, 0.5 + 1e-12), (2e-320, 0.0)])
def test_targets_around_a_sum_of_1_with_other_classes(shares: tuple[float, float]) -> None:
    """Above 1 they are divided by their sum, and nothing is left for the other classes; up to 1 the rest is theirs."""
    kinds = np.array([0, 1, 2] * 10)
    frame = pl.DataFrame({"kind": [["a", "b", "c"][kind] for kind in kinds]})
    goal = Goal(Metadata("kind"), Balance(target={"a": shares[0], "b": shares[1]}))
    result = select(frame, None, SelectionRequest((goal,), n_samples=12))
    total = sum(shares)
    expected = [share / max(1.0, total) for share in shares] + [max(0.0, 1.0 - total)]
    asked = result.goals[0].asked["shares"]
    assert list(asked) == ["a", "b", "all others"]
    assert list(asked.values()) == pytest.approx(expected, abs=1e-9)
    assert sum(asked.values()) == pytest.approx(1.0)
    assert_greedy(result.order.tolist(), [balance_rating(np.eye(3)[kinds], expected, 1.0)], list(range(30)), [])


@pytest.mark.parametrize("shares", [{"a": 0.2}, {"a": 0.2, "b": 0.2}, {"a": 3.0, "b": 1.0}])
def test_targets_without_other_classes_sum_to_1(shares: dict[str, float]) -> None:
    frame = pl.DataFrame({"kind": list("ab" * 8) if "b" in shares else ["a"] * 9})
    goal = Goal(Metadata("kind"), Balance(target=shares))
    result = select(frame, None, SelectionRequest((goal,), n_samples=8))
    total = sum(shares.values())
    assert result.goals[0].asked["shares"] == pytest.approx({name: share / total for name, share in shares.items()})


def test_one_class_no_class_and_thousands() -> None:
    one = pl.DataFrame({"kind": ["a"] * 5})
    for balance in (Balance(distribution="UNIFORM"), Balance(distribution="INPUT"), Balance(target={"a": 0.5})):
        result = select(one, None, SelectionRequest((Goal(Metadata("kind"), balance),), n_samples=2))
        assert result.order.tolist() == [0, 1]
        assert result.goals[0].reached == {"shares": {"a": 1.0}, "shares_of_input": {"a": 1.0}, "agreement": 1.0}
    none = pl.DataFrame({"kind": [None] * 5}, schema={"kind": pl.String})
    for distribution in ("UNIFORM", "INPUT"):
        with pytest.raises(InputError, match="no sample holds any class"):
            goal = Goal(Metadata("kind"), Balance(distribution=distribution))
            select(none, None, SelectionRequest((goal,), n_samples=2))
    many = pl.DataFrame({"kind": [f"{row:04d}" for row in range(3000)]})
    goal = Goal(Metadata("kind"), Balance(distribution="UNIFORM"))
    result = select(many, None, SelectionRequest((goal,), n_samples=4))
    assert result.order.tolist() == [0, 1, 2, 3]
    assert result.goals[0].reached["agreement"] == pytest.approx(4 / 3000)


def test_samples_without_any_class_do_not_change_shares() -> None:
    amounts = [[0.0, 0.0], [2.0, 0.0], [0.0, 0.0], [0.0, 2.0]]
    frame = pl.DataFrame({"p": amounts}, schema={"p": pl.List(pl.Float64)})
    goal = Goal(ClassDistribution("p", ("x", "y")), Balance(target={"x": 0.5, "y": 0.5}))
    result = select(frame, None, SelectionRequest((goal,), n_samples=3))
    rating = balance_rating(np.array(amounts), [0.5, 0.5], 1.0)
    assert_greedy(result.order.tolist(), [rating], [0, 1, 2, 3], [])
    assert result.order.tolist()[:2] == [1, 3]
    with pytest.raises(InputError, match="no sample holds any class"):
        nothing = pl.DataFrame({"p": [[0.0, 0.0]] * 4}, schema={"p": pl.List(pl.Float64)})
        uniform = Goal(ClassDistribution("p", ("x", "y")), Balance(distribution="UNIFORM"))
        select(nothing, None, SelectionRequest((uniform,), n_samples=3))
    counted = Goal(CategoryCount("p", ("x", "y"), ("y",)), Weights())
    assert select(nothing, None, SelectionRequest((counted,), n_samples=2)).order.tolist() == [0, 1]


@pytest.mark.parametrize("minimum", [None, 0.0, 1e-9, 1.0])
@pytest.mark.parametrize("n_samples", [None, 1, 5, 99])
def test_duplicates_only(minimum: float | None, n_samples: int | None) -> None:
    """Nothing is farther than 0 from the first pick: a minimum of 0 ends nothing, any other ends it after one."""
    x = np.full((7, 3), 0.25, np.float32)
    goal = Goal(Embeddings(), Diversity(stopping_condition_minimum_distance=minimum))
    result = select(pl.DataFrame({"v": [0] * 7}), x, SelectionRequest((goal,), n_samples=n_samples))
    possible = 7 if not minimum else 1
    assert result.order.tolist() == list(range(min(possible, 7 if n_samples is None else n_samples)))
    assert result.skipped == (minimum is None and n_samples in (None, 99))
    typical = Goal(Embeddings(), Typicality())
    assert select(pl.DataFrame({"v": [0] * 7}), x, SelectionRequest((typical,), n_samples=3)).order.tolist() == [
        0,
        1,
        2,
    ]


def test_one_sample() -> None:
    frame, x = pl.DataFrame({"v": [3.0], "kind": ["a"]}), np.array([[1.0, 2.0]], np.float32)
    goals = (
        Goal(Embeddings(), Diversity(stopping_condition_minimum_distance=9.0)),
        Goal(Metadata("v"), Weights(stopping_condition_max_sum=3.0)),
        Goal(Metadata("kind"), Balance(distribution="INPUT")),
    )
    for chosen in (goals, goals[:1], goals[1:2], goals[2:]):
        result = select(frame, x, SelectionRequest(chosen, n_samples=5))
        assert result.order.tolist() == [0]
    with pytest.raises(InputError, match="TYPICALITY: needs at least 2 samples to compare, there is 1"):
        select(frame, x, SelectionRequest((Goal(Embeddings(), Typicality()),), n_samples=1))
    too_much = Goal(Metadata("v"), Weights(stopping_condition_max_sum=2.9))
    assert select(frame, x, SelectionRequest((too_much,), n_samples=1)).stop_reason.startswith("max_sum reached")


@pytest.mark.parametrize("neighbors", [8, 9, 10**6])
def test_more_neighbours_than_samples_are_all_of_them(neighbors: int) -> None:
    x = np.random.default_rng(1).normal(size=(9, 2)).astype(np.float32)
    between = np.sqrt(((x[:, None].astype(float) - x[None]) ** 2).sum(axis=2))
    others = np.sort(between, axis=1)[:, 1:]
    typical = np.exp(-others / others.mean()).mean(axis=1)
    goal = Goal(Embeddings(), Typicality(num_nearest_neighbors=neighbors))
    result = select(pl.DataFrame({"v": [0] * 9}), x, SelectionRequest((goal,), n_samples=4))
    assert result.order.tolist() == np.argsort(-typical, kind="stable")[:4].tolist()
    np.testing.assert_allclose(result.picks[goal.label], np.sort(typical)[::-1][:4])


@pytest.mark.parametrize("operation", ["SMALLER", "SMALLER_EQUAL", "BIGGER", "BIGGER_EQUAL"])
@pytest.mark.parametrize("threshold", [-0.0, 0.0, 5e-324, 1.0, 1.7e308])
def test_thresholds_at_the_edge(operation: str, threshold: float) -> None:
    values = [0.0, -0.0, 5e-324, 1.0, 1.7e308, -1.7e308]
    compare = {
        "SMALLER": lambda v: v < threshold,
        "SMALLER_EQUAL": lambda v: v <= threshold,
        "BIGGER": lambda v: v > threshold,
        "BIGGER_EQUAL": lambda v: v >= threshold,
    }[operation]
    kept = [row for row, value in enumerate(values) if compare(value)]
    goal = Goal(Metadata("v"), Threshold(threshold=threshold, operation=operation))
    request = SelectionRequest((goal,), n_samples=6)
    if not kept:
        with pytest.raises(InputError, match=f"none of the 6 samples left has a value {operation}"):
            select(pl.DataFrame({"v": values}), None, request)
        return
    result = select(pl.DataFrame({"v": values}), None, request)
    assert result.order.tolist() == kept
    assert result.goals[0].reached == {"kept": len(kept), "removed": 6 - len(kept)}
