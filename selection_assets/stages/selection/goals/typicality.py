"""TYPICALITY: samples in the midst of many others."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from configs.errors import InputError
from configs.strategies.typicality import USUAL_NEIGHBORS, Typicality
from selection_assets.stages.selection.distances.neighbors import neighbor_distances
from selection_assets.stages.selection.goals.closeness import closeness
from selection_assets.stages.selection.goals.embeddings import Embeddings, vectors_and_owners
from selection_assets.stages.selection.goals.potentials import SumPotential
from selection_assets.stages.selection.goals.request import Goal
from selection_assets.stages.selection.goals.scene import Scene, Term
from selection_assets.stages.selection.goals.words import means_text


def typicality(embeddings: NDArray[np.floating], rows: NDArray[np.int64], neighbors: int) -> NDArray[np.float64]:
    """(r,) typicality of `rows`: the mean over the k nearest others of exp(-d / m), m the mean of all these d.

    k is `neighbors`, but at most r - 1. Density by nearest neighbours as in A. Hacohen, O. Dekel, D. Weinshall,
    "Active learning on a budget: opposite strategies suit high and low budgets", 2022. Raises InputError for k < 1
    and for fewer than two rows.
    """
    if neighbors < 1:
        raise InputError(f"TYPICALITY: num_nearest_neighbors is {neighbors}; give at least 1")
    if len(rows) < 2:
        raise InputError(f"TYPICALITY: needs at least 2 samples to compare, there is {len(rows)}")
    mean: NDArray[np.float64] = closeness(neighbor_distances(embeddings, rows, neighbors)).mean(axis=1)
    return mean


def make_term(goal: Goal, scene: Scene) -> Term:
    """Of several objects of a sample the mean counts. Raises InputError as `typicality` does."""
    assert isinstance(goal.strategy, Typicality) and isinstance(goal.input, Embeddings)
    n, minimum = scene.table.height, goal.strategy.stopping_condition_minimum_typicality
    neighbors = goal.strategy.num_nearest_neighbors or USUAL_NEIGHBORS
    vectors, owner = vectors_and_owners(goal, scene, goal.input.task)
    rows = np.flatnonzero(scene.considered[owner])
    owner = owner[rows]
    added = np.bincount(owner, typicality(vectors, rows, neighbors), minlength=n).astype(np.float64)
    values = added / np.maximum(np.bincount(owner, minlength=n), 1)
    potential = SumPotential(
        values, goal.strength, scene.selected, scene.counted, added=added, minimum=minimum, what=goal.label
    )
    asked = {"neighbors": neighbors} | ({} if minimum is None else {"minimum_typicality": minimum})
    return Term(goal, potential, lambda picks: (asked, scene.means(values, picks)))


def aim(goal: Goal) -> str:
    return f"{'most' if goal.strength > 0 else 'least'} typical"


def asked_text(asked: Mapping[str, Any], wanted: bool) -> str:
    found = ["samples amid many others" if wanted else "samples far from all others"]
    if "minimum_typicality" in asked:
        found.append(f"none less typical than {asked['minimum_typicality']:g}")
    if "neighbors" in asked:
        found.append(f"looking at {asked['neighbors']} neighbours")
    return ", ".join(found)


def reached_text(reached: Mapping[str, Any]) -> str:
    return means_text(reached)
