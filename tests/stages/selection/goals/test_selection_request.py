"""Requests from configs of both generations, and what the engine makes of them beside slow oracles."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from configs.errors import InputError
from configs.stages.selection import SelectionConfig
from configs.strategies.balance import Balance
from configs.strategies.diversity import Diversity
from configs.strategies.similarity import Similarity
from configs.strategies.threshold import Threshold
from configs.strategies.typicality import Typicality
from configs.strategies.weights import Weights
from configs.validated import validated
from selection_assets.stages.selection.engine import select
from selection_assets.stages.selection.goals.embeddings import Embeddings, QueryEmbeddings
from selection_assets.stages.selection.goals.goal_reports import goal_reports
from selection_assets.stages.selection.goals.metadata import Metadata
from selection_assets.stages.selection.goals.pick_reasons import reason_of_picks, with_reasons
from selection_assets.stages.selection.goals.predictions import CategoryCount, ClassDistribution
from selection_assets.stages.selection.goals.random import Random
from selection_assets.stages.selection.goals.request import Goal
from selection_assets.stages.selection.goals.scores import Scores
from selection_assets.stages.selection.goals.selection_request import (
    BuiltRequest,
    selection_request,
    stopping_conditions,
)
from tests.stages.selection.oracles import assert_greedy, balance_rating, distance_rating, sum_rating
from tests.stages.selection.samples import vectors

N = 60
X = vectors(N, 4, seed=3)


def samples() -> pl.DataFrame:
    """Row 0 is masked, row 1 pre-selected, row 2 in the datapool, rows 10 and 11 have the tag night."""
    rng = np.random.default_rng(0)
    rows = np.arange(N)
    return pl.DataFrame(
        {
            "filename": [f"{row:02d}.jpg" for row in range(N)],
            "masked": rows == 0,
            "preselected": (rows == 1) | (rows == 2),
            "datapool": rows == 2,
            "sharpness": rng.random(N) * 20,
            "extra.al_score": rng.random(N),
            "extra.weather": [["sun", "rain", "snow"][k] for k in rng.choice(3, N, p=[0.7, 0.2, 0.1])],
            "extra.yolo.category_count.car": rng.integers(0, 4, N).astype(float),
            "extra.yolo.category_count.bus": rng.integers(0, 2, N).astype(float),
            "extra.yolo.class_distribution.car": rng.random(N),
            "extra.yolo.class_distribution.bus": rng.random(N),
            "extra.yolo.margin": rng.random(N),
            "extra.tag.night": ((rows == 10) | (rows == 11)).astype(float),
        }
    )


def strategies(*entries: tuple[dict[str, Any], dict[str, Any]], n: int = 12) -> SelectionConfig:
    listed = [{"input": given, "strategy": aim} for given, aim in entries]
    return validated(SelectionConfig, {"n_samples": n, "strategies": listed}, "selection_config")


def built(config: SelectionConfig) -> BuiltRequest:
    return selection_request(config, samples(), X, N + 5)


EMBEDDINGS, FAR = {"type": "EMBEDDINGS"}, {"type": "DIVERSITY"}
SHARPNESS = {"type": "METADATA", "key": "lightly.sharpness"}


def test_rows_that_are_no_candidates() -> None:
    request = built(strategies((EMBEDDINGS, FAR))).request
    assert request.candidates is not None and request.preselected is not None and request.datapool is not None
    assert np.flatnonzero(~request.candidates).tolist() == [0]
    assert request.preselected.tolist() == [1]
    assert request.datapool.tolist() == [2]
    assert (request.n_samples, request.n_input, request.seed) == (12, N + 5, 1)


@pytest.mark.parametrize(
    ("given", "aim", "goal"),
    [
        (EMBEDDINGS, {"type": "DIVERSITY", "stopping_condition_minimum_distance": 0.5},
         Goal(Embeddings(), Diversity(stopping_condition_minimum_distance=0.5))),
        (EMBEDDINGS, {"type": "TYPICALITY", "strength": -1, "stopping_condition_minimum_typicality": 0.1},
         Goal(Embeddings(), Typicality(stopping_condition_minimum_typicality=0.1, strength=-1.0))),
        (EMBEDDINGS, {"type": "TYPICALITY", "num_nearest_neighbors": 5},
         Goal(Embeddings(), Typicality(num_nearest_neighbors=5))),
        ({"type": "SCORES", "score": "al_score"}, {"type": "WEIGHTS", "strength": 2},
         Goal(Scores("al_score"), Weights(strength=2.0))),
        ({"type": "SCORES", "task": "yolo", "score": "margin"}, {"type": "WEIGHTS", "stopping_condition_max_sum": 3},
         Goal(Scores("yolo.margin"), Weights(stopping_condition_max_sum=3.0))),
        (SHARPNESS, {"type": "THRESHOLD", "threshold": 5, "operation": "SMALLER"},
         Goal(Metadata("lightly.sharpness"), Threshold(threshold=5.0, operation="SMALLER"))),
        (SHARPNESS,
         {"type": "WEIGHTS", "target_range": {"min_sum": 1, "max_sum": 2}},
         Goal(Metadata("lightly.sharpness"), Weights(target_range={"min_sum": 1.0, "max_sum": 2.0}))),
        ({"type": "METADATA", "key": "weather"}, {"type": "BALANCE", "target": {"sun": 0.5}},
         Goal(Metadata("weather"), Balance(target={"sun": 0.5}))),
        ({"type": "METADATA", "key": "weather"}, {"type": "BALANCE", "distribution": "UNIFORM"},
         Goal(Metadata("weather"), Balance(distribution="UNIFORM"))),
        ({"type": "PREDICTIONS", "task": "yolo", "name": "CLASS_DISTRIBUTION"},
         {"type": "BALANCE", "distribution": "INPUT"},
         Goal(ClassDistribution("yolo.class_distribution", ("car", "bus")), Balance(distribution="INPUT"))),
        ({"type": "PREDICTIONS", "task": "yolo", "name": "CATEGORY_COUNT", "categories": ["bus"]},
         {"type": "THRESHOLD", "threshold": 1, "operation": "BIGGER_EQUAL"},
         Goal(CategoryCount("yolo.category_count", ("car", "bus"), ("bus",)),
              Threshold(threshold=1.0, operation="BIGGER_EQUAL"))),
        ({"type": "RANDOM", "random_seed": 7}, {"type": "WEIGHTS"}, Goal(Random(7), Weights())),
    ],
)  # fmt: skip
def test_each_input_and_strategy(given: dict[str, Any], aim: dict[str, Any], goal: Goal) -> None:
    made = built(strategies((given, aim)))
    assert made.request.goals == (goal,)
    column = getattr(goal.input, "column", None)
    assert column is None or column in made.table.columns
    result = select(made.table, X, made.request)
    assert len(result.order) or result.goals


def test_the_samples_of_a_tag_are_the_query_and_no_candidates() -> None:
    made = built(strategies(({"type": "EMBEDDINGS", "tag_name": "night"}, {"type": "SIMILARITY"})))
    (goal,) = made.request.goals
    assert isinstance(goal.input, QueryEmbeddings) and isinstance(goal.strategy, Similarity)
    np.testing.assert_array_equal(goal.input.vectors, X[[10, 11]])
    assert goal.label == "EMBEDDINGS of a tag night × SIMILARITY"
    assert made.request.candidates is not None
    assert np.flatnonzero(~made.request.candidates).tolist() == [0, 10, 11]
    result = select(made.table, X, made.request)
    to_query = np.linalg.norm(X[:, None] - X[None, [10, 11]], axis=-1).min(axis=1)
    to_query[[0, 1, 2, 10, 11]] = np.inf  # masked, selected before, query
    assert result.order.tolist() == np.argsort(to_query, kind="stable")[:11].tolist()


def test_scores_that_are_used_are_handed_out() -> None:
    config = strategies((EMBEDDINGS, FAR), ({"type": "SCORES", "score": "al_score"}, {"type": "WEIGHTS"}))
    assert list(built(config).scores) == ["al_score"]
    assert built(config).scores["al_score"][5] == samples()["extra.al_score"][5]


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ({"method": "coreset", "stopping_condition": {"n_samples": 12}}, [(EMBEDDINGS, FAR)]),
        ({"method": "coreset", "stopping_condition": {"n_samples": 12, "min_distance": 1.0}},
         [(EMBEDDINGS, {**FAR, "stopping_condition_minimum_distance": 1.0})]),
        ({"method": "random", "stopping_condition": {"n_samples": 12}}, [({"type": "RANDOM"}, {"type": "WEIGHTS"})]),
        ({"method": "coral", "stopping_condition": {"n_samples": 12}},
         [(EMBEDDINGS, FAR), ({"type": "SCORES", "score": "al_score"}, {"type": "WEIGHTS"})]),
        ({"method": "coral", "stopping_condition": {"n_samples": 12}, "active_learning_task_name": "yolo",
          "active_learning_score_name": "margin"},
         [(EMBEDDINGS, FAR), ({"type": "SCORES", "task": "yolo", "score": "margin"}, {"type": "WEIGHTS"})]),
    ],
)  # fmt: skip
def test_methods_are_strategies(older: dict[str, Any], newer: list[Any]) -> None:
    first, second = built(SelectionConfig(**older)), built(strategies(*newer))
    assert first.request.goals == second.request.goals
    assert first.entries == second.entries
    results = [select(made.table, X, made.request) for made in (first, second)]
    assert results[0].order.tolist() == results[1].order.tolist()
    assert results[0].stop_reason == results[1].stop_reason


@pytest.mark.parametrize("method", ["random", "coral"])
def test_random_and_coral_pass_over_what_is_too_near(method: str) -> None:
    config = SelectionConfig(method=method, stopping_condition={"n_samples": 30, "min_distance": 1.5})  # type: ignore[arg-type]
    made = built(config)
    result = select(made.table, X, made.request)
    chosen = X[[1, 2, *result.order]].astype(float)
    between = np.linalg.norm(chosen[:, None] - chosen[None], axis=-1)[np.triu_indices(len(chosen), 1)]
    assert between[1:].min() >= 1.5  # the first pair is the pre-selected sample and the datapool
    assert result.stop_reason.startswith("min_distance reached: all samples left are nearer than 1.5")


def test_a_full_selection_is_greedy_for_all_goals_together() -> None:
    """Diversity, weights and balance among what the threshold leaves; the pre-selected row and the datapool count."""
    config = strategies(
        (SHARPNESS, {"type": "THRESHOLD", "threshold": 4, "operation": "BIGGER"}),
        (EMBEDDINGS, {"type": "DIVERSITY", "strength": 1.5}),
        ({"type": "SCORES", "score": "al_score"}, {"type": "WEIGHTS", "strength": 0.5}),
        ({"type": "METADATA", "key": "weather"}, {"type": "BALANCE", "target": {"sun": 0.4, "rain": 0.4}}),
        n=15,
    )  # fmt: skip
    made = built(config)
    result = select(made.table, X, made.request)
    table = samples()
    sharp = table["sharpness"].to_numpy()
    candidates = [row for row in range(3, N) if sharp[row] > 4]
    weather = np.array([[w == "sun", w == "rain", w == "snow"] for w in table["extra.weather"]], float)
    scores = table["extra.al_score"].to_numpy().copy()
    scores[2] = 0.0  # of the datapool nothing but embeddings is known
    ratings = [distance_rating(X, 1.5), sum_rating(scores, 0.5), balance_rating(weather, [0.4, 0.4, 0.2], 1.0)]
    assert len(result.order) == 14  # the target counts the pre-selected sample, not the datapool
    assert_greedy(result.order.tolist(), ratings, candidates, [2, 1])
    assert np.flatnonzero(result.removed_by == 0).tolist() == [r for r in range(3, N) if sharp[r] <= 4]

    threshold, diversity, weights, balance = goal_reports(made, result)
    assert threshold["asked"] == {"threshold": 4.0, "operation": "BIGGER"}
    assert threshold["reached"] == {"kept": len(candidates), "removed": N - 3 - len(candidates)}
    assert diversity["strategy"] == {"type": "DIVERSITY"} and diversity["strength"] == 1.5
    assert diversity["reached"]["smallest_distance"] == result.picks["distance"].min()
    assert weights["reached"]["mean_of_picks"] == pytest.approx(scores[result.order].mean())
    assert weights["reached"]["mean_of_input"] == pytest.approx(scores[[1, *range(3, N)]].mean())
    chosen = weather[[1, 2, *result.order]]
    shares = dict(zip(["sun", "rain", "all others"], (chosen.sum(axis=0) / len(chosen)).tolist(), strict=True))
    assert balance["asked"]["shares"] == pytest.approx({"sun": 0.4, "rain": 0.4, "all others": 0.2})
    assert balance["reached"]["shares"] == pytest.approx(shares)


def test_reasons() -> None:
    config = strategies(
        (SHARPNESS, {"type": "THRESHOLD", "threshold": 4, "operation": "BIGGER"}),
        (EMBEDDINGS, FAR),
        ({"type": "EMBEDDINGS", "tag_name": "night"}, {"type": "SIMILARITY", "strength": -1}),
    )  # fmt: skip
    made = built(config)
    result = select(made.table, X, made.request)
    assert reason_of_picks(made.request.goals, skipped=False) == (
        "best of all goals together: farthest from everything selected before it, least similar to tag night"
    )
    assert reason_of_picks(made.request.goals, skipped=True) == "all remaining samples are kept"
    names = samples()["filename"]
    left = [row for row in range(3, N) if row not in result.order]
    removed = pl.DataFrame({"filename": names[left], "reason": "not picked"})
    told = dict(with_reasons(removed, names, made, result).iter_rows())
    assert told["10.jpg"] == told["11.jpg"] == "query: others are compared with it"
    sharp = samples()["sharpness"].to_numpy()
    for row in left:
        if row not in (10, 11):
            expected = "threshold: lightly.sharpness is not BIGGER 4" if sharp[row] <= 4 else "not picked"
            assert told[f"{row:02d}.jpg"] == expected


@pytest.mark.parametrize(
    ("aim", "words"),
    [
        (({"type": "RANDOM"}, {"type": "WEIGHTS"}), "random choice"),
        ((EMBEDDINGS, FAR), "farthest from everything selected before it"),
        ((EMBEDDINGS, {"type": "TYPICALITY", "strength": -1}), "least typical"),
        (({"type": "SCORES", "score": "al_score"}, {"type": "WEIGHTS"}), "highest al_score"),
        (({"type": "METADATA", "key": "weather"}, {"type": "BALANCE", "distribution": "UNIFORM"}),
         "shares of weather nearest to their target"),
        (({"type": "SCORES", "score": "al_score"}, {"type": "THRESHOLD", "threshold": 0.1, "operation": "BIGGER"}),
         "passes every threshold"),
    ],
)  # fmt: skip
def test_reason_of_one_goal(aim: Any, words: str) -> None:
    assert reason_of_picks(built(strategies(aim)).request.goals, skipped=False) == words


def test_stopping_conditions_for_the_log() -> None:
    config = strategies(
        (EMBEDDINGS, {**FAR, "stopping_condition_minimum_distance": 0.25}),
        ({"type": "SCORES", "score": "al_score"}, {"type": "WEIGHTS", "target_range": {"min_sum": 1, "max_sum": 2.5}}),
    )
    assert stopping_conditions(config, 100) == ["n_samples=12", "minimum_distance=0.25", "target_range=1 to 2.5"]
    older = SelectionConfig(stopping_condition={"proportion_samples": 0.3, "min_distance": 0.2})  # type: ignore[arg-type]
    assert stopping_conditions(older, 10) == ["n_samples=3", "min_distance=0.2"]
    assert stopping_conditions(SelectionConfig(), 10) == []


@pytest.mark.parametrize(
    ("given", "aim", "words"),
    [
        ({"type": "SCORES", "score": "gone"}, {"type": "WEIGHTS"},
         "selection_config.strategies[1].input: scores come from a column of an embeddings file"),
        ({"type": "EMBEDDINGS", "tag_name": "day"}, {"type": "SIMILARITY"},
         "selection_config.strategies[1].input.tag_name: samples of a tag come from a column"),
        ({"type": "METADATA", "key": "weather"}, {"type": "WEIGHTS"},
         "selection_config.strategies[1].input: weather of 01.jpg is '"),
    ],
)  # fmt: skip
def test_columns_that_do_not_fit_are_named_with_the_strategy(given: Any, aim: Any, words: str) -> None:
    with pytest.raises(InputError) as error:
        built(strategies((EMBEDDINGS, FAR), (given, aim)))
    assert str(error.value).startswith(words)
