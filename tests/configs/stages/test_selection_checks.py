from typing import Any

import pytest

from configs.errors import InputError
from configs.stages.dedup import NormalizationConfig
from configs.stages.selection import SelectionConfig
from configs.stages.selection_checks import check_columns, check_min_distance, needs_scores
from configs.validated import validated

OFF = NormalizationConfig(normalize_embeddings=False)
ON = NormalizationConfig()


def selection(**fields: Any) -> SelectionConfig:
    return validated(SelectionConfig, fields, "x")


def near(distance: float, **keys: Any) -> dict[str, Any]:
    aim = {"type": "DIVERSITY", "stopping_condition_minimum_distance": distance, **keys}
    return {"input": {"type": "EMBEDDINGS"}, "strategy": aim}


@pytest.mark.parametrize("distance", [0.0, 0.1, 2.0])
def test_distances_of_unit_vectors(distance: float) -> None:
    for normalization in (ON, OFF):
        check_min_distance(selection(stopping_condition={"min_distance": distance}), normalization, "s")
        check_min_distance(selection(n_samples=3, strategies=[near(distance)]), normalization, "s")


@pytest.mark.parametrize("distance", [2.0000001, 5, 1e30])
def test_distances_beyond_two_need_embeddings_as_they_are(distance: float) -> None:
    older = selection(stopping_condition={"min_distance": distance})
    newer = selection(n_samples=3, strategies=[near(0.1), near(distance)])
    for config in (older, newer):
        check_min_distance(config, OFF, "s")
    with pytest.raises(InputError, match=r"^s\.stopping_condition\.min_distance: .* is more than 2, and normalized"):
        check_min_distance(older, ON, "s")
    path = r"s\.strategies\[1\]\.strategy\.stopping_condition_minimum_distance"
    with pytest.raises(InputError, match=rf"^{path}: .* or set normalize_embeddings=False$"):
        check_min_distance(newer, ON, "s")


def test_a_strategy_that_is_switched_off_asks_for_nothing() -> None:
    off = near(9, strength=0)
    gone = {"input": {"type": "SCORES", "score": "gone"}, "strategy": {"type": "WEIGHTS", "strength": 0.0}}
    config = selection(n_samples=3, strategies=[near(0.1), off, gone])
    check_min_distance(config, ON, "s")
    check_columns(config, None)
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
    check_columns(config, ["other", column])
    for columns, found in ((None, "there is no column behind labels"), (["other"], "behind labels are other")):
        with pytest.raises(InputError) as error:
            check_columns(config, columns)
        assert str(error.value).startswith(f"selection_config.strategies[1].{line} from a column of an embeddings file")
        assert found in str(error.value) and "\n" not in str(error.value)


def test_what_is_measured_or_random_needs_no_column() -> None:
    measured = {"input": {"type": "METADATA", "key": "lightly.snr"}, "strategy": WEIGHTS}
    check_columns(
        selection(n_samples=3, strategies=[near(1), measured, {"input": {"type": "RANDOM"}, "strategy": WEIGHTS}]), None
    )
    for method in ("coreset", "random"):
        check_columns(selection(method=method), None)


def test_coral_needs_scores() -> None:
    assert needs_scores(selection()) == needs_scores(selection(method="random")) == ()
    coral = selection(method="coral")
    assert needs_scores(coral) == ("al_score",)
    check_columns(coral, ["al_score"])
    line = r"^method=coral, active_learning_score_column_name=al_score: scores come from a column of an embeddings file"
    with pytest.raises(InputError, match=line):
        check_columns(coral, None)
    of_task = selection(method="coral", active_learning_task_name="yolo")
    assert needs_scores(of_task) == ("yolo.uncertainty_margin",)
    with pytest.raises(InputError, match=r"^method=coral, active_learning.task_name=yolo, .*here yolo.uncert"):
        check_columns(of_task, ["al_score"])
