from typing import Any

import pytest

from configs.errors import InputError
from configs.stages.selection import SelectionConfig
from configs.stages.selection_checks import check_header, needs_scores
from configs.validated import validated


def selection(**fields: Any) -> SelectionConfig:
    return validated(SelectionConfig, fields, "x")


def near(distance: float, **keys: Any) -> dict[str, Any]:
    aim = {"type": "DIVERSITY", "stopping_condition_minimum_distance": distance, **keys}
    return {"input": {"type": "EMBEDDINGS"}, "strategy": aim}


def test_a_strategy_that_is_switched_off_asks_for_nothing() -> None:
    off = near(9, strength=0)
    gone = {"input": {"type": "SCORES", "score": "gone"}, "strategy": {"type": "WEIGHTS", "strength": 0.0}}
    config = selection(n_samples=3, strategies=[near(0.1), off, gone])
    check_header(config, [])
    assert needs_scores(config) == ()
    assert config.min_distance == 0.1


WEIGHTS, BALANCE = {"type": "WEIGHTS"}, {"type": "BALANCE", "distribution": "INPUT"}
LIKE = {"type": "SIMILARITY"}
CLASSES = {"type": "PREDICTIONS", "task": "yolo", "name": "CLASS_DISTRIBUTION"}


@pytest.mark.parametrize(
    ("given", "aim", "column", "line"),
    [
        ({"type": "SCORES", "score": "al_score"}, WEIGHTS, "al_score", "input: scores come"),
        ({"type": "SCORES", "task": "t", "score": "s"}, WEIGHTS, "t.s", "input: scores come"),
        ({"type": "METADATA", "key": "lux"}, WEIGHTS, "lux", "input: metadata comes"),
        (CLASSES, BALANCE, "yolo.class_distribution.car", "input: predictions come"),
        ({"type": "EMBEDDINGS", "tag_name": "night"}, LIKE, "tag.night", "input.tag_name: samples of a tag come"),
    ],
)
def test_columns_that_strategies_need(given: dict[str, Any], aim: dict[str, Any], column: str, line: str) -> None:
    config = selection(n_samples=3, strategies=[near(0.1), {"input": given, "strategy": aim}])
    check_header(config, ["other", column])
    for columns, found in (([], "there is no column behind labels"), (["other"], "behind labels are other")):
        with pytest.raises(InputError) as error:
            check_header(config, columns)
        assert str(error.value).startswith(f"selection_config.strategies[1].{line} from a column of an embeddings file")
        assert found in str(error.value) and "\n" not in str(error.value)


def test_what_is_measured_or_random_needs_no_column() -> None:
    measured = {"input": {"type": "METADATA", "key": "lightly.snr"}, "strategy": WEIGHTS}
    check_header(
        selection(n_samples=3, strategies=[near(1), measured, {"input": {"type": "RANDOM"}, "strategy": WEIGHTS}]), None
    )
    for method in ("coreset", "random"):
        check_header(selection(method=method), [])


def test_coral_needs_scores() -> None:
    assert needs_scores(selection()) == needs_scores(selection(method="random")) == ()
    coral = selection(method="coral")
    assert needs_scores(coral) == ("al_score",)
    check_header(coral, ["al_score"])
    line = r"^method=coral, active_learning_score_column_name=al_score: scores come from a column of an embeddings file"
    with pytest.raises(InputError, match=line):
        check_header(coral, [])
    of_task = selection(method="coral", active_learning_task_name="yolo")
    assert needs_scores(of_task) == ("yolo.uncertainty_margin",)
    with pytest.raises(InputError, match=r"^method=coral, active_learning.task_name=yolo, .*here yolo.uncert"):
        check_header(of_task, ["al_score"])
