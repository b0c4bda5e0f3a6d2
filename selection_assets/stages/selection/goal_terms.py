"""From goals to terms: reads what a goal is about, makes its potential, and says afterwards what was reached.

The one place that knows both the records of `strategies` and the potentials. Loops know potentials alone.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.errors import InputError
from selection_assets.stages.selection import columns
from selection_assets.stages.selection.densities import similarity, typicality
from selection_assets.stages.selection.distance_potential import DistancePotential
from selection_assets.stages.selection.loop_inputs import checked_embeddings
from selection_assets.stages.selection.potentials import BalancePotential, Potential, RangePotential, SumPotential
from selection_assets.stages.selection.random_selection import random_weights
from selection_assets.stages.selection.selection_result import GoalOutcome
from selection_assets.stages.selection.strategies import (
    Balance,
    CategoryCount,
    ClassDistribution,
    Diversity,
    Embeddings,
    Goal,
    Metadata,
    ObjectEmbeddings,
    QueryEmbeddings,
    Random,
    Scores,
    SelectionRequest,
    Similarity,
    Threshold,
    Typicality,
    Weights,
)

Report = Callable[[NDArray[np.int64]], tuple[dict[str, Any], dict[str, Any]]]


@dataclass(frozen=True, eq=False)
class Scene:
    """What all goals look at.

    considered (n,): rows that count at all: candidates before thresholds, pre-selected rows and the datapool.
    selected: rows selected from the start; counted: those of them that count toward sums.
    picks_wanted: number of new picks, None where open.
    """

    table: pl.DataFrame
    embeddings: NDArray[np.floating] | None
    request: SelectionRequest
    considered: NDArray[np.bool_]
    selected: NDArray[np.int64]
    counted: NDArray[np.int64]
    picks_wanted: int | None = None
    warnings: list[str] = field(default_factory=list)

    def sample_embeddings(self, goal: Goal) -> NDArray[np.floating]:
        if self.embeddings is None:
            raise InputError(f"{goal.label}: there are no embeddings; run the embedding step or drop this strategy")
        return self.embeddings

    def objects(self, goal: Goal, task: str) -> ObjectEmbeddings:
        objects = self.request.objects.get(task)
        if objects is None:
            raise InputError(f"{goal.label}: there are no object embeddings of task {task!r}")
        checked_embeddings(objects.vectors)
        if len(objects.vectors) != len(objects.sample):
            raise InputError(
                f"{goal.label}: {len(objects.vectors)} object embeddings for {len(objects.sample)} objects"
            )
        if len(objects.sample) and not 0 <= objects.sample.min() <= objects.sample.max() < self.table.height:
            raise InputError(f"{goal.label}: an object belongs to a sample that does not exist")
        return objects


@dataclass(frozen=True, eq=False)
class Term:
    """A goal at work: its potential, and what it reports on the new picks (k,): what was asked, what was reached."""

    goal: Goal
    potential: Potential
    report: Report

    def outcome(self, order: NDArray[np.int64]) -> GoalOutcome:
        return GoalOutcome(self.goal.label, self.goal.strength, *self.report(order))


def read_values(goal: Goal, scene: Scene) -> NDArray[np.float64]:
    """(n,) the number that a WEIGHTS or THRESHOLD goal looks at. Raises InputError as `columns` does."""
    match goal.input:
        case Scores(column) | Metadata(column):
            return columns.numbers(scene.table, column, scene.considered)
        case CategoryCount(column, classes, categories):
            return columns.category_counts(scene.table, column, classes, categories, scene.considered)
        case Random(seed):
            return random_weights(scene.table.height, scene.request.seed if seed is None else seed)
        case other:
            raise AssertionError(other)  # Goal checks its pair


def keeps(threshold: Threshold, values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(n,) whether the value stands in the asked relation to the threshold."""
    match threshold.operation:
        case "SMALLER":
            return values < threshold.threshold
        case "SMALLER_EQUAL":
            return values <= threshold.threshold
        case "BIGGER":
            return values > threshold.threshold
        case "BIGGER_EQUAL":
            return values >= threshold.threshold
        case other:
            raise InputError(
                f"THRESHOLD: operation {other!r} does not exist; use SMALLER, SMALLER_EQUAL, BIGGER or BIGGER_EQUAL"
            )


def make_term(goal: Goal, scene: Scene) -> Term:
    """The term of any goal but a threshold. Raises InputError for columns, objects or queries that do not fit."""
    match goal.strategy:
        case Diversity():
            return _diversity(goal, goal.strategy, scene)
        case Weights():
            return _weights(goal, goal.strategy, scene)
        case Balance():
            return _balance(goal, goal.strategy, scene)
        case Similarity() | Typicality():
            return _density(goal, goal.strategy, scene)
        case other:
            raise AssertionError(other)


def _diversity(goal: Goal, strategy: Diversity, scene: Scene) -> Term:
    task = goal.input.task if isinstance(goal.input, Embeddings) else None
    if strategy.minimum_distance is not None and not 0 <= strategy.minimum_distance < np.inf:
        raise InputError(f"{goal.label}: minimum distance {strategy.minimum_distance} is not a distance of at least 0")
    n, minimum = scene.table.height, strategy.minimum_distance
    if task is None:
        potential = DistancePotential(
            scene.sample_embeddings(goal), goal.strength, n, minimum=minimum, picks_wanted=scene.picks_wanted
        )
    else:
        objects = scene.objects(goal, task)
        potential = DistancePotential(
            objects.vectors, goal.strength, n,
            sample=objects.sample, minimum=minimum, picks_wanted=scene.picks_wanted,
        )  # fmt: skip
    potential.select_before(scene.selected)
    asked = {} if minimum is None else {"minimum_distance": minimum}
    return Term(goal, potential, lambda order: (asked, {}))


def _weights(goal: Goal, strategy: Weights, scene: Scene) -> Term:
    values = read_values(goal, scene)
    lowest = float(values[scene.considered].min(initial=0.0))
    if strategy.max_sum is not None and strategy.target_range is not None:
        raise InputError(f"{goal.label}: max_sum and target_range exclude each other; give the upper end of the range")
    if lowest < 0:
        if strategy.max_sum is not None or strategy.target_range is not None:
            raise InputError(f"{goal.label}: a limit on the sum needs values of at least 0, the lowest is {lowest:g}")
        scene.warnings.append(
            f"{goal.label}: the lowest value is {lowest:g}; all values are shifted up by {-lowest:g} to weigh them"
        )
        shifted = np.maximum(values - lowest, 0.0)
    else:
        shifted = np.maximum(values, 0.0)
    potential: Potential
    asked: dict[str, Any] = {}
    if strategy.target_range is not None:
        low, high = strategy.target_range
        if not 0 <= low <= high < np.inf:
            raise InputError(f"{goal.label}: target_range [{low}, {high}] is no range of sums of at least 0")
        potential = RangePotential(
            shifted, goal.strength, scene.counted, (low, high), scene.picks_wanted, what=goal.label
        )
        asked = {"min_sum": low, "max_sum": high}
    else:
        if strategy.max_sum is not None:
            if not 0 <= strategy.max_sum < np.inf:
                raise InputError(f"{goal.label}: max_sum {strategy.max_sum} is not a number of at least 0")
            asked = {"max_sum": strategy.max_sum}
        potential = SumPotential(
            shifted, goal.strength, scene.selected, scene.counted, maximum=strategy.max_sum, what=goal.label
        )

    def report(order: NDArray[np.int64]) -> tuple[dict[str, Any], dict[str, Any]]:
        reached = {"sum": float(values[scene.counted].sum() + values[order].sum()), **_means(values, order, scene)}
        return asked, reached

    return Term(goal, potential, report)


def _means(values: NDArray[np.float64], order: NDArray[np.int64], scene: Scene) -> dict[str, float]:
    of_input = scene.considered.copy()
    of_input[np.setdiff1d(scene.selected, scene.counted)] = False  # of the datapool only the embeddings are known
    return {
        "mean_of_picks": float(values[order].mean()) if len(order) else float("nan"),
        "mean_of_input": float(values[of_input].mean()) if of_input.any() else float("nan"),
    }


def _balance(goal: Goal, strategy: Balance, scene: Scene) -> Term:
    if isinstance(goal.input, ClassDistribution):
        classes: tuple[str, ...] = goal.input.classes
        vectors = columns.class_vectors(scene.table, goal.input.column, classes, scene.considered)
    else:
        assert isinstance(goal.input, Metadata)
        vectors, classes = columns.categories(scene.table, goal.input.column, scene.considered)
    vectors, target, names = columns.balance_target(
        vectors, classes, dict(strategy.target), strategy.distribution, np.flatnonzero(scene.considered), goal.label
    )
    potential = BalancePotential(vectors, target, goal.strength, scene.selected)
    at_first = potential.counts.copy()

    def shares(counts: NDArray[np.float64]) -> dict[str, float]:
        total = counts.sum()
        return dict(zip(names, (counts / total if total > 0 else counts).tolist(), strict=True))

    def report(order: NDArray[np.int64]) -> tuple[dict[str, Any], dict[str, Any]]:
        counts = at_first + vectors[order].sum(axis=0)
        reached = {
            "shares": shares(counts),
            "shares_of_input": shares(vectors[scene.considered].sum(axis=0)),
            "agreement": potential.agreement(counts),
        }
        return {"shares": dict(zip(names, target.tolist(), strict=True))}, reached

    return Term(goal, potential, report)


def _density(goal: Goal, strategy: Similarity | Typicality, scene: Scene) -> Term:
    assert isinstance(goal.input, Embeddings | QueryEmbeddings)
    n, task = scene.table.height, goal.input.task
    if task is None:
        vectors, owner = scene.sample_embeddings(goal), np.arange(n)
    else:
        objects = scene.objects(goal, task)
        vectors, owner = objects.vectors, objects.sample
    rows = np.flatnonzero(scene.considered[owner])
    owner = owner[rows]
    counts = np.maximum(np.bincount(owner, minlength=n), 1)
    minimum = None
    asked: dict[str, Any] = {}
    if isinstance(strategy, Similarity):
        assert isinstance(goal.input, QueryEmbeddings)
        single = similarity(vectors, rows, goal.input)
        values = np.zeros(n)
        np.maximum.at(values, owner, single)
    else:
        minimum = strategy.minimum
        if minimum is not None and not 0 < minimum <= 1:
            raise InputError(f"{goal.label}: minimum typicality {minimum} is outside (0, 1]")
        asked = {"neighbors": strategy.neighbors} | ({} if minimum is None else {"minimum_typicality": minimum})
        single = typicality(vectors, rows, strategy.neighbors)
        values = np.bincount(owner, single, minlength=n) / counts
    added: NDArray[np.float64] = np.bincount(owner, single, minlength=n).astype(np.float64)
    potential = SumPotential(
        values, goal.strength, scene.selected, scene.counted, added=added, minimum=minimum, what=goal.label
    )
    return Term(goal, potential, lambda order: (asked, _means(values, order, scene)))
