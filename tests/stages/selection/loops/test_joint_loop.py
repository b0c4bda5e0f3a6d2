"""The engine's loops against the definition of the product of potentials, pick by pick."""

from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configs.errors import InputError
from configs.strategies.balance import Balance
from configs.strategies.diversity import Diversity
from configs.strategies.similarity import Similarity
from configs.strategies.typicality import Typicality
from configs.strategies.weights import Weights
from selection_assets.stages.selection.engine import select
from selection_assets.stages.selection.goals.embeddings import Embeddings, QueryEmbeddings
from selection_assets.stages.selection.goals.metadata import Metadata
from selection_assets.stages.selection.goals.predictions import ClassDistribution
from selection_assets.stages.selection.goals.random import Random
from selection_assets.stages.selection.goals.request import Goal, ObjectEmbeddings, SelectionRequest
from selection_assets.stages.selection.goals.similarity import similarity
from selection_assets.stages.selection.goals.typicality import typicality
from selection_assets.stages.selection.loops import farthest_point, joint_loop
from tests.stages.selection.oracles import Rating, assert_greedy, balance_rating, distance_rating, sum_rating

KINDS = ["diversity", "weights", "balance", "distribution", "similarity", "typicality", "random", "objects"]


@pytest.fixture(autouse=True)
def small_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    """So small that a selection goes through many bands, and the bounds for the rows outside decide something."""
    monkeypatch.setattr(joint_loop, "_REFRESHED", 7)
    monkeypatch.setattr(joint_loop, "_BAND", 4)
    monkeypatch.setattr(farthest_point, "_LEAST_BAND", 4)
    monkeypatch.setattr(farthest_point, "_LARGEST_BAND", 4)


class World:
    """Random samples with everything that a goal can look at, and the goals on it with their oracles."""

    def __init__(self, seed: int, n: int = 30, grid: bool = False) -> None:
        rng = np.random.default_rng(seed)
        self.n = n
        # On the grid ties are everywhere.
        self.x = (rng.integers(0, 3, (n, 3)) if grid else rng.normal(size=(n, 3))).astype(np.float32)
        self.weights = rng.integers(0, 3, n).astype(float) if grid else rng.random(n)
        self.kind = rng.integers(0, 3, n)
        self.vectors = rng.random((n, 4)) * rng.integers(0, 2, (n, 4))
        self.query = rng.normal(size=(2, 3)).astype(np.float32)
        counts = rng.integers(0, 4, n)
        self.owner = rng.permutation(np.repeat(np.arange(n), counts))
        self.objects = rng.normal(size=(len(self.owner), 3)).astype(np.float32)
        self.table = pl.DataFrame(
            {"weight": self.weights, "kind": [f"k{k}" for k in self.kind], "vector": self.vectors.tolist()}
        )

    def goal(self, kind: str, strength: float) -> tuple[Goal, Rating]:  # noqa: PLR0911 - a table
        rows = np.arange(self.n)
        match kind:
            case "diversity":
                return Goal(Embeddings(), Diversity(strength=strength)), distance_rating(self.x, strength)
            case "weights":
                return Goal(Metadata("weight"), Weights(strength=strength)), sum_rating(self.weights, strength)
            case "random":
                values = np.random.default_rng(9).random(self.n)
                return Goal(Random(9), Weights(strength=strength)), sum_rating(values, strength)
            case "balance":
                present = sorted(set(self.kind.tolist()))
                share = 1 / len(present)
                one_hot = np.eye(3)[self.kind][:, present]
                goal = Goal(Metadata("kind"), Balance(distribution="UNIFORM", strength=strength))
                return goal, balance_rating(one_hot, [share] * len(present), strength)
            case "distribution":
                goal = Goal(
                    ClassDistribution("vector", ("a", "b", "c", "d")),
                    Balance(target={"b": 0.5, "d": 0.2}, strength=strength),
                )
                grouped = np.column_stack([self.vectors[:, [1, 3]], self.vectors[:, [0, 2]].sum(axis=1)])
                return goal, balance_rating(grouped, [0.5, 0.2, 0.3], strength)
            case "similarity":
                query = QueryEmbeddings(self.query)
                values = similarity(self.x, rows, query)
                return Goal(query, Similarity(strength=strength)), sum_rating(values, strength)
            case "typicality":
                values = typicality(self.x, rows, 3)
                return Goal(Embeddings(), Typicality(num_nearest_neighbors=3, strength=strength)), sum_rating(
                    values, strength
                )
            case "objects":
                of = [np.flatnonzero(self.owner == i).tolist() for i in range(self.n)]
                return Goal(Embeddings("boxes"), Diversity(strength=strength)), distance_rating(
                    self.objects, strength, of
                )
            case other:
                raise AssertionError(other)

    def check(self, kinds: tuple[str, ...], strengths: list[float], n_samples: int, preselected: list[int]) -> None:
        pairs = [self.goal(kind, strength) for kind, strength in zip(kinds, strengths, strict=True)]
        result = select(
            self.table,
            self.x,
            SelectionRequest(
                goals=tuple(goal for goal, _ in pairs),
                n_samples=n_samples + len(preselected),
                preselected=np.array(preselected, np.int64),
                objects={"boxes": ObjectEmbeddings(self.objects, self.owner)},
            ),
        )
        assert len(result.order) == n_samples
        assert result.stop_reason.startswith("n_samples reached")
        assert_greedy(result.order.tolist(), [rating for _, rating in pairs], list(range(self.n)), preselected)


@pytest.mark.parametrize("kinds", [*combinations(KINDS, 1), *combinations(KINDS, 2)], ids="-".join)
def test_every_strategy_and_every_pair(kinds: tuple[str, ...]) -> None:
    for seed, preselected in ((0, []), (1, [3, 17, 8])):
        World(seed).check(kinds, [1.0] * len(kinds), 15, preselected)


@settings(max_examples=80, deadline=None)
@given(data=st.data(), seed=st.integers(0, 10_000), grid=st.booleans())
def test_any_goals_of_any_strength(data: st.DataObject, seed: int, grid: bool) -> None:
    kinds = tuple(data.draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=4, unique=True)))
    strengths = [data.draw(st.sampled_from([1.0, 0.5, 3.0, -1.0, 0.0])) for _ in kinds]
    preselected = data.draw(st.lists(st.integers(0, 24), max_size=4, unique=True))
    if not any(strengths):
        with pytest.raises(InputError, match="no strategy with a strength"):
            World(seed, n=25, grid=grid).check(kinds, strengths, 10, preselected)
        return
    World(seed, n=25, grid=grid).check(kinds, strengths, 10, preselected)


def test_band_size_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(5, n=300)
    goals = tuple(world.goal(kind, 1.0)[0] for kind in ("diversity", "weights", "balance", "distribution"))
    orders = []
    for refreshed, band in ((7, 4), (20, 37), (60, 20), (1000, 1000)):
        monkeypatch.setattr(joint_loop, "_REFRESHED", refreshed)
        monkeypatch.setattr(joint_loop, "_BAND", band)
        orders.append(select(world.table, world.x, SelectionRequest(goals, n_samples=120)).order.tolist())
    assert all(order == orders[0] for order in orders)
