import logging
from typing import Any

import numpy as np
import polars as pl
import pytest

from configs.strategies.balance import Balance
from configs.strategies.diversity import Diversity
from configs.strategies.similarity import Similarity
from configs.strategies.threshold import Threshold
from configs.strategies.typicality import Typicality
from configs.strategies.weights import Weights
from selection_assets.stages.selection.distances import nearest_selected
from selection_assets.stages.selection.engine import select
from selection_assets.stages.selection.goals.embeddings import Embeddings, QueryEmbeddings
from selection_assets.stages.selection.goals.metadata import Metadata
from selection_assets.stages.selection.goals.predictions import CategoryCount, ClassDistribution
from selection_assets.stages.selection.goals.random import Random
from selection_assets.stages.selection.goals.request import Goal, SelectionRequest
from selection_assets.stages.selection.goals.scores import Scores
from selection_assets.stages.selection.loops.farthest_point import farthest_point
from selection_assets.stages.selection.loops.random_selection import random_selection
from tests.stages.selection.oracles import distances
from tests.stages.selection.samples import CLASSES, DIVERSE, table, vectors


def test_diversity_is_the_farthest_point_loop() -> None:
    x = vectors(300)
    result = select(table(300), x, SelectionRequest((DIVERSE,), n_samples=50))
    picks = farthest_point(x, n_samples=50, min_distance=None, seed=1)
    assert result.order.tolist() == picks.order.tolist()
    np.testing.assert_array_equal(result.picks["distance"].to_numpy()[1:], picks.distance[1:])
    assert result.picks["nearest"].to_list() == [None, *picks.nearest[1:].tolist()]
    assert result.picks[DIVERSE.label].to_list()[1:] == picks.distance[1:].tolist()


def test_random_is_random_selection() -> None:
    result = select(table(100), vectors(100), SelectionRequest((Goal(Random(), Weights()),), n_samples=30, seed=4))
    picks = random_selection(
        vectors(100), 100, n_samples=30, min_distance=None, preselected=None, candidates=None, seed=4
    )
    assert result.order.tolist() == picks.order.tolist()
    np.testing.assert_allclose(result.picks["distance"].to_numpy()[1:], picks.distance[1:])


def test_weights_alone_are_the_highest_values_lowest_row_first_among_equals() -> None:
    frame = pl.DataFrame({"score": [0.5, 0.9, 0.5, 0.9, 0.1]})
    request = SelectionRequest((Goal(Scores("score"), Weights()),), n_samples=3)
    assert select(frame, None, request).order.tolist() == [1, 3, 0]
    request = SelectionRequest((Goal(Scores("score"), Weights(strength=-1)),), n_samples=3)
    result = select(frame, None, request)
    assert result.order.tolist() == [4, 0, 2]
    for column in ("nearest", "distance"):  # without vectors nothing is near
        assert result.picks[column].to_list() == [None] * 3


@pytest.mark.parametrize(
    ("operation", "kept"),
    [("SMALLER", [0]), ("SMALLER_EQUAL", [0, 1]), ("BIGGER", [2, 3]), ("BIGGER_EQUAL", [1, 2, 3])],
)
def test_thresholds(operation: Any, kept: list[int]) -> None:
    frame = pl.DataFrame({"sharpness": [10, 20, 30, 40], "score": [1.0, 1.0, 1.0, 0.0]})
    goals = (
        Goal(Metadata("sharpness"), Threshold(threshold=20, operation=operation)),
        Goal(Scores("score"), Weights()),
    )
    result = select(frame, None, SelectionRequest(goals, n_samples=4))
    assert result.skipped
    assert result.order.tolist() == kept
    assert np.flatnonzero(result.removed_by == 0).tolist() == sorted(set(range(4)) - set(kept))
    assert result.goals[0].reached == {"kept": len(kept), "removed": 4 - len(kept)}


def test_thresholds_filter_before_anything_is_rated_and_all_must_hold() -> None:
    frame = pl.DataFrame({"a": [1, 5, 5, 9], "b": [0, 0, 7, 7], "score": [0.1, 0.9, 0.5, 0.2]})
    goals = (
        Goal(Scores("score"), Weights()),
        Goal(Metadata("a"), Threshold(threshold=5, operation="BIGGER_EQUAL")),
        Goal(Metadata("b"), Threshold(threshold=7, operation="BIGGER_EQUAL")),
    )
    result = select(frame, None, SelectionRequest(goals, n_samples=1))
    assert result.order.tolist() == [2]
    assert result.removed_by.tolist() == [1, 2, -1, -1]


def test_category_count() -> None:
    frame = table()
    counts = np.array(frame["objects"].to_list())
    for categories, columns in (((), [0, 1, 2]), (("bus", "tram"), [1, 2])):
        goals = (Goal(CategoryCount("objects", CLASSES, categories), Weights()),)
        result = select(frame, None, SelectionRequest(goals, n_samples=7))
        assert result.order.tolist() == np.argsort(-counts[:, columns].sum(axis=1), kind="stable")[:7].tolist()


def test_max_sum_stops_before_it_is_exceeded() -> None:
    frame = pl.DataFrame({"size": [4.0, 3.0, 2.0, 1.0]})
    result = select(
        frame, None, SelectionRequest((Goal(Metadata("size"), Weights(stopping_condition_max_sum=8.0)),), n_samples=3)
    )
    assert result.order.tolist() == [0, 1]  # 4 + 3, and 2 more would be 9
    assert result.stop_reason.startswith("max_sum reached")
    assert result.goals[0].reached["sum"] == 7.0
    joint = (Goal(Metadata("size"), Weights(stopping_condition_max_sum=8.0)), Goal(Random(), Weights(strength=0.0)))
    assert select(frame, None, SelectionRequest(joint, n_samples=3)).order.tolist() == [0, 1]


@pytest.mark.parametrize("target", [(100.0, 110.0), (40.0, 45.0), (150.0, 155.0)])
def test_target_range_is_met_where_it_can_be(target: tuple[float, float]) -> None:
    n = 200
    frame = pl.DataFrame({"objects": np.random.default_rng(1).integers(0, 10, n)})
    goals = (Goal(Metadata("objects"), Weights(target_range={"min_sum": target[0], "max_sum": target[1]})), DIVERSE)
    result = select(frame, vectors(n), SelectionRequest(goals, n_samples=20))
    assert len(result.order) == 20
    assert target[0] <= result.goals[0].reached["sum"] <= target[1]


def test_target_range_without_a_number_ends_when_it_is_met() -> None:
    frame = pl.DataFrame({"objects": [3, 3, 3, 3, 3, 3]})
    result = select(
        frame, None, SelectionRequest((Goal(Metadata("objects"), Weights(target_range={"min_sum": 6, "max_sum": 8})),))
    )
    assert result.order.tolist() == [0, 1]
    assert result.stop_reason.startswith("target_range reached")
    result = select(
        frame, None, SelectionRequest((Goal(Metadata("objects"), Weights(target_range={"min_sum": 8, "max_sum": 8})),))
    )
    assert result.order.tolist() == [0, 1]
    assert "above the highest of the range" in result.stop_reason


def test_minimum_typicality_stops() -> None:
    x = np.concatenate([np.zeros((10, 2)), [[9, 9]]]).astype(np.float32) + vectors(11, 2) * 0.1
    goal = Goal(Embeddings(), Typicality(num_nearest_neighbors=3, stopping_condition_minimum_typicality=0.2))
    result = select(table(11), x, SelectionRequest((goal,)))
    assert sorted(result.order.tolist()) == list(range(10))
    assert result.stop_reason.startswith("min_typicality reached")


def test_outliers_have_low_typicality() -> None:
    x = np.concatenate([vectors(30) * 0.1, [[5, 5, 5, 5]]]).astype(np.float32)
    goal = Goal(Embeddings(), Typicality(num_nearest_neighbors=5, strength=-1))
    assert select(table(31), x, SelectionRequest((goal,), n_samples=1)).order.tolist() == [30]


def test_minimum_distance_of_diversity_stops_with_other_goals() -> None:
    x = np.array([[0.0], [0.1], [5.0], [9.0]], np.float32)
    frame = pl.DataFrame({"score": [0.0, 1.0, 0.1, 0.1]})
    goals = (Goal(Embeddings(), Diversity(stopping_condition_minimum_distance=1.0)), Goal(Scores("score"), Weights()))
    result = select(frame, x, SelectionRequest(goals, n_samples=4, preselected=np.array([0])))
    # After row 3 all goals together like row 1 best: its weight outdoes its distance of 0.1, and that ends it.
    assert result.order.tolist() == [3]
    assert result.stop_reason.startswith("min_distance reached")
    passing_over = SelectionRequest((DIVERSE, goals[1]), n_samples=4, preselected=np.array([0]), min_spacing=1.0)
    assert select(frame, x, passing_over).order.tolist() == [3, 2]


@pytest.mark.parametrize("goal", [DIVERSE, Goal(Scores("score"), Weights()), Goal(Random(3), Weights())])
def test_min_spacing_passes_over_near_rows(goal: Goal) -> None:
    x = vectors(200, 2)
    result = select(table(200), x, SelectionRequest((goal,), n_samples=200, min_spacing=0.8))
    between = distances(x)
    chosen = between[np.ix_(result.order, result.order)]
    assert chosen[np.triu_indices(len(result.order), 1)].min() >= 0.8
    assert (between[:, result.order].min(axis=1) < 0.8).all()  # nothing more would fit
    assert result.stop_reason.startswith("min_distance reached")


def test_balance_reaches_its_target_and_reports_it() -> None:
    frame = table(600)
    goal = Goal(Metadata("weather"), Balance(target={"sun": 0.5, "rain": 0.3, "snow": 0.2}))
    result = select(frame, vectors(600), SelectionRequest((goal, DIVERSE), n_samples=100))
    reached = result.goals[0].reached["shares"]
    assert reached == pytest.approx({"sun": 0.5, "rain": 0.3, "snow": 0.2}, abs=0.05)
    picked = frame["weather"].to_numpy()[result.order]
    assert {name: float((picked == name).mean()) for name in reached} == pytest.approx(reached)
    assert result.goals[0].reached["agreement"] > 0.9


def test_balance_with_a_remainder_uniform_input_and_an_impossible_target() -> None:
    frame = pl.DataFrame({"kind": ["a"] * 50 + ["b"] * 30 + ["c"] * 15 + ["d"] * 5})

    def reached(balance: Balance) -> dict[str, float]:
        result = select(frame, None, SelectionRequest((Goal(Metadata("kind"), balance),), n_samples=20))
        shares: dict[str, float] = result.goals[0].reached["shares"]
        return shares

    assert reached(Balance(target={"c": 0.5})) == {"c": 0.5, "all others": 0.5}
    assert reached(Balance(target={"a": 3.0, "b": 1.0})) == {"a": 0.75, "b": 0.25, "all others": 0.0}
    assert reached(Balance(distribution="UNIFORM")) == {"a": 0.25, "b": 0.25, "c": 0.25, "d": 0.25}
    assert reached(Balance(distribution="INPUT")) == pytest.approx({"a": 0.5, "b": 0.3, "c": 0.15, "d": 0.05})
    assert reached(Balance(target={"d": 1.0}))["d"] == 0.25  # there are only five


def test_a_target_that_is_met_exactly_is_the_best_there_is() -> None:
    frame = pl.DataFrame({"kind": ["b", "a", "b", "a"]})
    goal = Goal(Metadata("kind"), Balance(target={"a": 1.0}))
    assert select(frame, None, SelectionRequest((goal,), n_samples=2)).order.tolist() == [1, 3]


def test_booleans_and_integers_are_categories() -> None:
    frame = pl.DataFrame({"night": [False, False, True, True], "lanes": [1, 1, 2, 2]})
    for column, target in (("night", {"true": 1.0}), ("lanes", {"2": 1.0})):
        result = select(frame, None, SelectionRequest((Goal(Metadata(column), Balance(target=target)),), n_samples=2))
        assert result.order.tolist() == [2, 3]


def test_class_distribution_sums_objects_and_allows_nothing() -> None:
    frame = pl.DataFrame({"p": [[5.0, 0.0], None, [0.0, 1.0], [0.0, 5.0]]}, schema={"p": pl.List(pl.Float64)})
    goal = Goal(ClassDistribution("p", ("x", "y")), Balance(target={"x": 0.5, "y": 0.5}))
    result = select(frame, None, SelectionRequest((goal,), n_samples=3, preselected=np.array([0])))
    assert result.order.tolist() == [3, 1]  # 5:5 at once; then nothing keeps it


def test_similarity_picks_what_is_near_the_query() -> None:
    x = vectors(60)
    query = QueryEmbeddings(x[[7]] + 0.01)
    result = select(table(60), x, SelectionRequest((Goal(query, Similarity()),), n_samples=5))
    assert result.order.tolist() == np.argsort(distances(np.vstack([x, query.vectors]))[60, :60])[:5].tolist()


def test_preselected_count_and_the_datapool_does_not() -> None:
    x = vectors(50)
    pre, pool = np.array([1, 2, 3]), np.array([10, 11])
    result = select(table(50), x, SelectionRequest((DIVERSE,), n_samples=8, preselected=pre, datapool=pool))
    assert len(result.order) == 5
    expected = farthest_point(x, n_samples=5, min_distance=None, preselected=np.array([10, 11, 1, 2, 3]), seed=1)
    assert result.order.tolist() == expected.order.tolist()
    nothing = select(table(50), x, SelectionRequest((DIVERSE,), n_samples=3, preselected=pre))
    assert nothing.picks.height == 0
    assert "Nothing new is selected" in nothing.warnings[0]


def test_masked_rows_have_no_influence() -> None:
    x = vectors(60)
    mask = np.arange(60) % 3 != 0
    goals = (
        DIVERSE,
        Goal(Embeddings(), Typicality(num_nearest_neighbors=4)),
        Goal(Metadata("weather"), Balance(distribution="INPUT")),
    )
    rows = np.flatnonzero(mask)
    masked = select(table(60), x, SelectionRequest(goals, n_samples=20, candidates=mask))
    alone = select(table(60)[rows.tolist()], x[rows], SelectionRequest(goals, n_samples=20))
    assert masked.order.tolist() == rows[alone.order].tolist()


def test_skip_rule(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="winnow"):
        result = select(table(), vectors(), SelectionRequest((DIVERSE,), n_samples=1.0))
    assert result.skipped
    assert result.order.tolist() == list(range(40))
    assert result.stop_reason.startswith("Skipped sampling because")
    assert "Skipped sampling because" in caplog.text


def test_a_fraction_is_of_the_input() -> None:
    result = select(table(), vectors(), SelectionRequest((DIVERSE,), n_samples=0.25, n_input=80))
    assert len(result.order) == 20


def test_negative_weights_are_shifted_with_a_warning() -> None:
    frame = table()
    result = select(frame, None, SelectionRequest((Goal(Metadata("celsius"), Weights()),), n_samples=4))
    assert result.order.tolist() == np.argsort(-frame["celsius"].to_numpy())[:4].tolist()
    assert "shifted up" in result.warnings[0]


def test_two_goals_of_one_name_have_two_columns() -> None:
    goals = (Goal(Random(1), Weights()), Goal(Random(2), Weights()))
    result = select(table(), None, SelectionRequest(goals, n_samples=3))
    assert result.picks.columns[-2:] == ["RANDOM × WEIGHTS", "RANDOM × WEIGHTS (2)"]


def test_same_picks_on_any_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    n = 3000
    x, frame = vectors(n, 16), table(n)
    goals = (DIVERSE, Goal(Scores("score"), Weights()), Goal(Embeddings(), Typicality(num_nearest_neighbors=5)))
    results = []
    for threads in (1, 2, 5):
        monkeypatch.setattr(nearest_selected, "available_threads", lambda threads=threads: threads)
        for request in (SelectionRequest((DIVERSE,), n_samples=400), SelectionRequest(goals, n_samples=200)):
            results.append(select(frame, x, request).picks)
    for later in results[2:]:
        assert any(later.equals(first) for first in results[:2])


def test_picks_move_with_the_rows() -> None:
    n = 400
    x, frame = vectors(n, 8), table(n)
    goals = (DIVERSE, Goal(Scores("score"), Weights()), Goal(Metadata("weather"), Balance(distribution="UNIFORM")))
    shuffled = np.random.default_rng(3).permutation(n)
    plain = select(frame, x, SelectionRequest(goals, n_samples=80))
    moved = select(frame[shuffled.tolist()], x[shuffled], SelectionRequest(goals, n_samples=80))
    assert shuffled[moved.order].tolist() == plain.order.tolist()


def test_diversity_spreads_the_selection() -> None:
    """The known table of statistics: a coreset beats a random sample in mean, minimum and 10th percentile."""
    rng = np.random.default_rng(0)
    walk = np.cumsum(rng.normal(size=(475, 32)), axis=0)  # frames of a video: each is close to the one before
    x = (walk / np.linalg.norm(walk, axis=1, keepdims=True)).astype(np.float32)
    statistics = {}
    for goal in (DIVERSE, Goal(Random(), Weights())):
        order = select(table(475), x, SelectionRequest((goal,), n_samples=99)).order
        pairs = distances(x[order])[np.triu_indices(99, 1)]
        statistics[goal.label] = np.array([pairs.mean(), pairs.min(), np.percentile(pairs, 10)])
    coreset, by_chance = statistics.values()
    assert (coreset > by_chance * [1.01, 2.0, 1.1]).all()
