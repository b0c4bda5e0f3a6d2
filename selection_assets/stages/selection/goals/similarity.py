"""SIMILARITY: samples like those of a tag."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from configs.errors import InputError
from selection_assets.stages.selection.distances.checked_inputs import checked_embeddings
from selection_assets.stages.selection.distances.nearest_selected import NearestSelected
from selection_assets.stages.selection.goals.closeness import closeness
from selection_assets.stages.selection.goals.embeddings import QueryEmbeddings, vectors_and_owners
from selection_assets.stages.selection.goals.potentials import SumPotential
from selection_assets.stages.selection.goals.request import Goal
from selection_assets.stages.selection.goals.scene import Scene, Term
from selection_assets.stages.selection.goals.words import means_text

_STEP = 65536  # rows that are copied together with the query


def similarity(
    embeddings: NDArray[np.floating], rows: NDArray[np.int64], query: QueryEmbeddings
) -> NDArray[np.float64]:
    """(r,) similarity of `rows` to the query: exp(-d / m) with d the distance to the nearest query vector and m the
    mean of all d; 1 where m is 0. Raises InputError when the query is empty or of another dimension."""
    vectors = query.vectors
    if not len(vectors):
        raise InputError(f"SIMILARITY: the query {query.name!r} holds no samples; name a tag that has some")
    if vectors.ndim != 2 or vectors.shape[1] != embeddings.shape[1]:
        raise InputError(
            f"SIMILARITY: the query {query.name!r} has embeddings of shape {vectors.shape}, the samples have "
            f"{embeddings.shape[1]} dimensions; embed both with the same model"
        )
    checked_embeddings(vectors)
    squared = np.empty(len(rows))
    for start in range(0, len(rows), _STEP):
        part = rows[start : start + _STEP]
        state = NearestSelected(np.concatenate([embeddings[part], vectors]), len(vectors))
        state.add(np.arange(len(part), len(part) + len(vectors)))
        state.refresh(np.arange(len(part)))
        squared[start : start + _STEP] = state.squared[: len(part)]
    return closeness(np.sqrt(squared))


def make_term(goal: Goal, scene: Scene) -> Term:
    """Of several objects of a sample the most similar one counts. Raises InputError as `similarity` does."""
    assert isinstance(goal.input, QueryEmbeddings)
    n = scene.table.height
    vectors, owner = vectors_and_owners(goal, scene, goal.input.task)
    rows = np.flatnonzero(scene.considered[owner])
    owner = owner[rows]
    single = similarity(vectors, rows, goal.input)
    values = np.zeros(n)
    np.maximum.at(values, owner, single)
    added = np.bincount(owner, single, minlength=n).astype(np.float64)
    potential = SumPotential(values, goal.strength, scene.selected, scene.counted, added=added, what=goal.label)
    about = dict(goal.input.about)
    return Term(goal, potential, lambda picks: (about, scene.means(values, picks)))


def aim(goal: Goal) -> str:
    assert isinstance(goal.input, QueryEmbeddings)
    return f"{'most' if goal.strength > 0 else 'least'} similar to tag {goal.input.name}"


def asked_text(asked: Mapping[str, Any], wanted: bool) -> str:
    whose = f" of dataset {asked['dataset']} ({asked['samples']} samples)" if "dataset" in asked else ""
    return f"samples {'like' if wanted else 'unlike'} those of the tag{whose}"


def reached_text(reached: Mapping[str, Any]) -> str:
    return means_text(reached)
