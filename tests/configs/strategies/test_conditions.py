"""What reports and messages say of each strategy: its name, and what may end the selection."""

from typing import Any

import pytest

from configs.strategies.strategy_config import StrategyConfig
from configs.strategies.strategy_rules import INPUTS, STRATEGIES, keys_of, label_of, type_of
from configs.strategies.typicality import USUAL_NEIGHBORS


def entry(given: dict[str, Any], strategy: dict[str, Any]) -> StrategyConfig:
    return StrategyConfig.model_validate({"input": given, "strategy": strategy})


@pytest.mark.parametrize(
    ("strategy", "conditions"),
    [
        ({"type": "DIVERSITY"}, []),
        ({"type": "DIVERSITY", "stopping_condition_minimum_distance": 0.25}, ["minimum_distance=0.25"]),
        ({"type": "DIVERSITY", "stopping_condition_minimum_distance": -0.0}, ["minimum_distance=0"]),
        ({"type": "WEIGHTS"}, []),
        ({"type": "WEIGHTS", "stopping_condition_max_sum": 12.5}, ["max_sum=12.5"]),
        ({"type": "WEIGHTS", "stopping_condition_max_sum": -0.0}, ["max_sum=0"]),
        ({"type": "WEIGHTS", "target_range": {"min_sum": 1, "max_sum": 2.5}}, ["target_range=1 to 2.5"]),
        ({"type": "TYPICALITY"}, []),
        ({"type": "TYPICALITY", "stopping_condition_minimum_typicality": 0.5}, ["minimum_typicality=0.5"]),
        ({"type": "BALANCE", "target": {"a": 1}}, []),
        ({"type": "SIMILARITY"}, []),
        ({"type": "THRESHOLD", "threshold": 1, "operation": "BIGGER"}, []),
    ],
)
def test_what_may_end_the_selection(strategy: dict[str, Any], conditions: list[str]) -> None:
    aim = entry({"type": "RANDOM"}, strategy).strategy
    assert STRATEGIES[aim.type].conditions(keys_of(aim)) == conditions
    assert type_of(keys_of(aim)) is aim.type


@pytest.mark.parametrize(
    ("given", "label", "column"),
    [
        ({"type": "EMBEDDINGS"}, "EMBEDDINGS", None),
        ({"type": "EMBEDDINGS", "tag_name": "night"}, "EMBEDDINGS of a tag night", "tag.night"),
        ({"type": "EMBEDDINGS", "dataset_id": "0" * 24}, "EMBEDDINGS of a tag", None),
        ({"type": "SCORES", "score": "s"}, "SCORES s", "s"),
        ({"type": "SCORES", "score": "s", "task": "t"}, "SCORES t.s", "t.s"),
        ({"type": "METADATA", "key": "weather"}, "METADATA weather", "weather"),
        ({"type": "METADATA", "key": "lightly.sharpness"}, "METADATA lightly.sharpness", None),
        (
            {"type": "PREDICTIONS", "task": "t", "name": "CLASS_DISTRIBUTION"},
            "PREDICTIONS CLASS_DISTRIBUTION t.class_distribution",
            "t.class_distribution.<class>",
        ),
        (
            {"type": "PREDICTIONS", "task": "t", "name": "CATEGORY_COUNT"},
            "PREDICTIONS CATEGORY_COUNT t.category_count",
            "t.category_count.<class>",
        ),
        ({"type": "RANDOM"}, "RANDOM", None),
    ],
)
def test_names_and_columns(given: dict[str, Any], label: str, column: str | None) -> None:
    made = entry(given, {"type": "WEIGHTS"})
    assert label_of(made) == f"{label} × WEIGHTS"
    assert INPUTS[made.input.type].column(made.input) == column


def test_the_usual_number_of_neighbours_is_the_documented_one() -> None:
    assert USUAL_NEIGHBORS == 20
