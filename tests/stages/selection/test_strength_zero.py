"""Strength 0 switches a strategy off: everything is as without it, whatever else it asks for."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configs.errors import InputError
from configs.stages.selection import SelectionConfig
from configs.strategies.strategy_config import StrategyType
from configs.validated import validated
from selection_assets.stages.reporting.documents.goal_texts import asked_text, reached_text
from selection_assets.stages.selection.select_samples import SelectedSamples, select_samples
from tests.stages.selection.run_tables import run_tables

EMBEDDINGS, SCORES = {"type": "EMBEDDINGS"}, {"type": "SCORES", "score": "al_score"}
WEATHER = {"type": "METADATA", "key": "weather"}
ON: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (EMBEDDINGS, {"type": "DIVERSITY"}),
    (EMBEDDINGS, {"type": "DIVERSITY", "stopping_condition_minimum_distance": 3.0}),
    (SCORES, {"type": "WEIGHTS", "strength": -1.0}),
    (SCORES, {"type": "WEIGHTS", "target_range": {"min_sum": 0.2, "max_sum": 1.0}}),
    (SCORES, {"type": "THRESHOLD", "threshold": 0.2, "operation": "BIGGER"}),
    (WEATHER, {"type": "BALANCE", "distribution": "UNIFORM"}),
    ({"type": "RANDOM"}, {"type": "WEIGHTS"}),
    (EMBEDDINGS, {"type": "TYPICALITY", "num_nearest_neighbors": 2}),
    ({"type": "EMBEDDINGS", "tag_name": "night"}, {"type": "SIMILARITY"}),
]
# Each asks for something that would end the selection, remove samples, or fail.
OFF: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (EMBEDDINGS, {"type": "DIVERSITY", "stopping_condition_minimum_distance": 1e9}),
    (SCORES, {"type": "WEIGHTS", "stopping_condition_max_sum": 0.0}),
    (SCORES, {"type": "WEIGHTS", "target_range": {"min_sum": 0.0, "max_sum": 0.0}}),
    ({"type": "METADATA", "key": "below_zero"}, {"type": "WEIGHTS", "stopping_condition_max_sum": 1.0}),
    ({"type": "METADATA", "key": "missing"}, {"type": "WEIGHTS"}),
    ({"type": "SCORES", "score": "below_zero"}, {"type": "WEIGHTS"}),
    (WEATHER, {"type": "BALANCE", "target": {"a class that is not there": 1.0}}),
    (EMBEDDINGS, {"type": "TYPICALITY", "stopping_condition_minimum_typicality": 1.0}),
    ({"type": "EMBEDDINGS", "tag_name": "night"}, {"type": "SIMILARITY"}),
    ({"type": "EMBEDDINGS", "tag_name": "missing"}, {"type": "SIMILARITY"}),
    ({"type": "PREDICTIONS", "task": "missing", "name": "CATEGORY_COUNT"}, {"type": "WEIGHTS"}),
    ({"type": "RANDOM"}, {"type": "WEIGHTS", "stopping_condition_max_sum": 0.0}),
]


def run(entries: list[tuple[dict[str, Any], dict[str, Any]]], n_samples: int) -> SelectedSamples:
    checked, dedup, unique = run_tables()
    checked = checked.with_columns(
        pl.Series("extra.weather", list("sssrrrsrs")),
        pl.Series("extra.below_zero", [-1.0] * len(checked)),
        pl.Series("extra.tag.night", [0.0, 1.0, *[0.0] * (len(checked) - 2)]),
    )
    fields = {"n_samples": n_samples, "strategies": [{"input": given, "strategy": aim} for given, aim in entries]}
    return select_samples(validated(SelectionConfig, fields, "x"), checked, dedup, unique)


def test_every_strategy_is_tried() -> None:
    kinds = {StrategyType(aim["type"]) for _, aim in OFF}
    assert kinds == set(StrategyType) - {StrategyType.THRESHOLD}


@settings(max_examples=150, deadline=None)
@given(
    on=st.lists(st.sampled_from(ON), min_size=1, max_size=3),
    off=st.lists(
        st.tuples(st.sampled_from(OFF), st.sampled_from([0, 0.0, -0.0]), st.integers(0, 3)), min_size=1, max_size=3
    ),
    n_samples=st.sampled_from([-1, 1, 2, 3, 4]),
)
def test_all_is_as_without_it(on: Any, off: Any, n_samples: int) -> None:
    mixed = list(on)
    for (given_input, aim), strength, place in off:
        mixed.insert(min(place, len(mixed)), (given_input, {**aim, "strength": strength}))
    try:
        without = run(on, n_samples)
    except InputError as error:
        with pytest.raises(InputError) as other:
            run(mixed, n_samples)
        assert str(other.value).partition(": ")[2] == str(error).partition(": ")[2]  # the place may be another
        return
    found = run(mixed, n_samples)
    assert found.table.equals(without.table)
    assert found.lists == without.lists
    assert found.removed.equals(without.removed)
    assert {name: values.tolist() for name, values in found.scores.items()} == {
        name: values.tolist() for name, values in without.scores.items()
    }
    assert (found.facts.conditions, found.facts.stop_reason) == (without.facts.conditions, without.facts.stop_reason)
    assert found.facts.selection.min_distance == without.facts.selection.min_distance
    reports = [goal for goal in found.facts.goals if goal["strength"]]
    assert reports == without.facts.goals
    for goal in found.facts.goals:
        if not goal["strength"]:
            assert (goal["asked"], goal["reached"]) == ({}, {})
            assert (asked_text(goal), reached_text(goal)) == ("nothing: its strength is 0", "–")


def test_the_label_is_that_of_the_goal_when_it_is_on() -> None:
    for given_input, aim in ON[:5] + ON[6:]:
        strength = {} if aim["type"] == "THRESHOLD" else {"strength": 0}
        (first,) = run([(given_input, aim)], 2).facts.goals
        second = run([ON[5], (given_input, {**aim, **strength})], 2).facts.goals[1]
        assert first["label"] == second["label"]


def test_all_of_them_off_is_refused() -> None:
    with pytest.raises(InputError, match=r"^x\.strategies: strength 0 switches every one of them off"):
        run([(given_input, {**aim, "strength": 0}) for given_input, aim in OFF], 2)
    with pytest.raises(InputError, match=r"^x\.strategies: strength 0 switches every one of them off"):
        run([(EMBEDDINGS, {"type": "DIVERSITY", "strength": -0.0})], 2)


def test_a_threshold_has_no_strength() -> None:
    entry = (SCORES, {"type": "THRESHOLD", "threshold": 0.2, "operation": "BIGGER", "strength": 0})
    with pytest.raises(InputError, match=r"strategy\.strength does not belong to THRESHOLD"):
        run([ON[0], entry], 2)
    alone = run([(OFF[0][0], {**OFF[0][1], "strength": 0}), ON[4]], 2)
    assert alone.lists["filenames/sampled_filenames_excluding_datapool.txt"] == ["b"]  # in the order of the input
    assert alone.table.filter(pl.col("status") == "selected")["reason"].to_list() == ["passes every threshold"]
