"""DIVERSITY: samples far from each other. Its formula is in `distance_potential`."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from configs.strategies.diversity import Diversity
from selection_assets.stages.selection.goals.distance_potential import DistancePotential
from selection_assets.stages.selection.goals.embeddings import Embeddings
from selection_assets.stages.selection.goals.request import Goal
from selection_assets.stages.selection.goals.scene import Scene, Term


def make_term(goal: Goal, scene: Scene) -> Term:
    """Raises InputError where there are no embeddings, of the samples or of their objects."""
    assert isinstance(goal.strategy, Diversity) and isinstance(goal.input, Embeddings)
    n, minimum = scene.table.height, goal.strategy.stopping_condition_minimum_distance
    if goal.input.task is None:
        potential = DistancePotential(
            scene.sample_embeddings(goal), goal.strength, n, minimum=minimum, picks_wanted=scene.picks_wanted
        )
    else:
        objects = scene.objects(goal, goal.input.task)
        potential = DistancePotential(
            objects.vectors, goal.strength, n,
            sample=objects.sample, minimum=minimum, picks_wanted=scene.picks_wanted,
        )  # fmt: skip
    potential.select_before(scene.selected)
    asked = {} if minimum is None else {"minimum_distance": minimum}
    return Term(goal, potential, lambda picks: (asked, _distances(picks)))


def _distances(picks: pl.DataFrame) -> dict[str, float]:
    distance = picks["distance"].drop_nulls()
    if distance.is_empty():
        return {}
    return {"smallest_distance": float(distance.min()), "mean_distance": float(distance.mean())}  # type: ignore[arg-type]


def aim(goal: Goal) -> str:
    return "farthest from everything selected before it" if goal.strength > 0 else "nearest to what is selected"


def asked_text(asked: Mapping[str, Any], wanted: bool) -> str:
    limit = f", none nearer than {asked['minimum_distance']:g}" if "minimum_distance" in asked else ""
    return ("samples far from each other" if wanted else "samples near to each other") + limit


def reached_text(reached: Mapping[str, Any]) -> str:
    if reached.get("smallest_distance") is None:
        return "–"
    smallest, mean = reached["smallest_distance"], reached["mean_distance"]
    return f"every pick at least {smallest:.3f} from all before it, {mean:.3f} on average"
