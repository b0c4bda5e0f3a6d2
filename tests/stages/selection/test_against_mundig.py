"""The same picks as the engine of the former product, public as `lightly-mundig`, on random input.

Small on purpose: that engine adds in float32, and picks differently once its sums have lost the digits that decide.
"""

from typing import Any

import numpy as np
import polars as pl
import pytest

from configs.strategies.balance import Balance
from configs.strategies.diversity import Diversity
from configs.strategies.similarity import Similarity
from configs.strategies.typicality import Typicality
from configs.strategies.weights import Weights
from selection_assets.stages.selection.engine import select
from selection_assets.stages.selection.goals.embeddings import Embeddings, QueryEmbeddings
from selection_assets.stages.selection.goals.metadata import Metadata
from selection_assets.stages.selection.goals.predictions import ClassDistribution
from selection_assets.stages.selection.goals.request import Goal, ObjectEmbeddings, SelectionRequest
from selection_assets.stages.selection.goals.similarity import similarity
from selection_assets.stages.selection.goals.typicality import typicality

mundig = pytest.importorskip("lightly_mundig", reason="lightly-mundig is not installed; it is a peer, not a dependency")

N = 50
CLASSES = ("a", "b", "c")


def world(seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 4, N)
    counts[:3] = 1
    return {
        "x": rng.normal(size=(N, 4)).astype(np.float32),
        "weights": rng.random(N).astype(np.float32),
        "vectors": (rng.random((N, 3)) + 0.1).astype(np.float32),
        "owner": np.repeat(np.arange(N), counts),
        "objects": rng.normal(size=(counts.sum(), 4)).astype(np.float32),
        "query": rng.normal(size=(3, 4)).astype(np.float32),
        "preselected": rng.permutation(N)[:3],
    }


def run(w: dict[str, Any], goals: tuple[Goal, ...], k: int) -> list[int]:
    table = pl.DataFrame({"weight": w["weights"], "vector": w["vectors"].astype(float).tolist()})
    request = SelectionRequest(
        goals,
        n_samples=k + 3,
        preselected=w["preselected"],
        objects={"boxes": ObjectEmbeddings(w["objects"], w["owner"])},
    )
    order: list[int] = select(table, w["x"], request).order.tolist()
    return order


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("strengths", [(1, 1, 1), (2, 0.5, 1), (1, 0, 0), (0, 1, 0), (0, 0, 1), (-1, 1, 1), (1, -1, 2)])
def test_diversity_weights_and_balance(seed: int, strengths: tuple[float, float, float]) -> None:
    w = world(seed)
    theirs = mundig.Selection()
    theirs.add_diversifying_strategy(w["x"], strengths[0], None)
    theirs.add_weighting_strategy(w["weights"], strengths[1])
    theirs.add_balancing_strategy(w["vectors"], np.array([0.5, 0.3, 0.2], np.float32), strengths[2])
    ours = (
        Goal(Embeddings(), Diversity(), strengths[0]),
        Goal(Metadata("weight"), Weights(), strengths[1]),
        Goal(ClassDistribution("vector", CLASSES), Balance(target={"a": 0.5, "b": 0.3, "c": 0.2}), strengths[2]),
    )
    assert run(w, ours, 20) == theirs.run_selection(w["preselected"].tolist(), N, 23)[3:]


@pytest.mark.parametrize("seed", range(5))
def test_objects(seed: int) -> None:
    w = world(seed)
    of = [np.flatnonzero(w["owner"] == i).tolist() for i in range(N)]
    theirs = mundig.Selection()
    theirs.add_subpart_diversifying_strategy(w["objects"], of, 1.0, None)
    theirs.add_subpart_typicality_strategy(w["objects"], of, 0.5, 4, None)
    theirs.add_subpart_similarity_strategy(w["objects"], w["query"], of, 2.0)
    ours = (
        Goal(Embeddings("boxes"), Diversity()),
        Goal(Embeddings("boxes"), Typicality(num_nearest_neighbors=4, strength=0.5)),
        Goal(QueryEmbeddings(w["query"], task="boxes"), Similarity(strength=2.0)),
    )
    assert run(w, ours, 15) == theirs.run_selection(w["preselected"].tolist(), N, 18)[3:]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("minimum", [0.5, 1.0, 2.0])
def test_minimum_distance(seed: int, minimum: float) -> None:
    w = world(seed)
    theirs = mundig.Selection()
    theirs.add_diversifying_strategy(w["x"], 1.0, minimum)
    theirs.add_weighting_strategy(w["weights"], 1.0)
    ours = (
        Goal(Embeddings(), Diversity(stopping_condition_minimum_distance=minimum)),
        Goal(Metadata("weight"), Weights()),
    )
    assert run(w, ours, N) == theirs.run_selection(w["preselected"].tolist(), N, N)[3:]


@pytest.mark.parametrize("k", [1, 5, 100])
def test_typicality_and_similarity(k: int) -> None:
    w = world(9)
    rows = np.arange(N)
    theirs = mundig.Typicality(w["x"]).calculate_typicality(k)
    np.testing.assert_allclose(typicality(w["x"], rows, k), theirs, rtol=2e-5)
    theirs = mundig.Similarity(w["x"]).calculate_similarity(w["query"])
    np.testing.assert_allclose(similarity(w["x"], rows, QueryEmbeddings(w["query"])), theirs, rtol=2e-5)
