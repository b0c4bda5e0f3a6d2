"""Every number of a selection: edges are allowed, and what is no number of its kind is refused with its path."""

import math
from typing import Any

import pytest

from configs.errors import InputError
from configs.field_types import LARGEST_INTEGER
from configs.stages.selection import SelectionConfig
from configs.strategies.fields import LARGEST_DISTANCE
from configs.validated import validated

LUX, RANDOM = {"type": "METADATA", "key": "lux"}, {"type": "RANDOM"}
HUGE = 10**400


def of_strategy(given: dict[str, Any], aim: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    return {"n_samples": 1, "strategies": [{"input": given, "strategy": {**aim, name: value}}]}


def of_range(name: str, value: Any) -> dict[str, Any]:
    sums = {"min_sum": 0.0, "max_sum": 1e9, name: value}
    return of_strategy(LUX, {"type": "WEIGHTS"}, "target_range", sums)


E, DIVERSITY, WEIGHTS = {"type": "EMBEDDINGS"}, {"type": "DIVERSITY"}, {"type": "WEIGHTS"}
THRESHOLD = {"type": "THRESHOLD", "threshold": 1, "operation": "BIGGER"}
PAIR = [{"input": E, "strategy": DIVERSITY}]
AIM = "strategies[0].strategy"

# path -> (config with that value, the values at its edges that are allowed, values beyond them)
FLOATS: dict[str, tuple[Any, list[float], list[float]]] = {
    "stopping_condition.min_distance": (
        lambda v: {"stopping_condition": {"min_distance": v}}, [0, 0.0, -0.0, 5, LARGEST_DISTANCE], [-1e-9, 2e30]),
    "stopping_condition.proportion_samples": (
        lambda v: {"stopping_condition": {"proportion_samples": v}}, [1e-9, 1, 1.0], [0, 0.0, -0.0, -0.1, 1.0000001]),
    "proportion_samples": (
        lambda v: {"proportion_samples": v, "strategies": PAIR}, [1e-9, 1, 1.0], [0, 0.0, -0.0, -0.1, 1.0000001]),
    f"{AIM}.stopping_condition_minimum_distance": (
        lambda v: of_strategy(E, DIVERSITY, "stopping_condition_minimum_distance", v),
        [0, -0.0, 5, LARGEST_DISTANCE], [-1e-9, 2e30]),
    f"{AIM}.strength": (
        lambda v: of_strategy(E, DIVERSITY, "strength", v), [-1e9, 1e9, 1e-300, 1], [-1.1e9, 1.1e9]),
    f"{AIM}.threshold": (
        lambda v: of_strategy(LUX, THRESHOLD, "threshold", v), [-1.7e308, 1.7e308, 0, -0.0], []),
    f"{AIM}.stopping_condition_max_sum": (
        lambda v: of_strategy(LUX, WEIGHTS, "stopping_condition_max_sum", v), [0, 1.7e308], [-1e-9]),
    f"{AIM}.target_range.min_sum": (lambda v: of_range("min_sum", v), [0, 1e9], [-1e-9]),
    f"{AIM}.target_range.max_sum": (lambda v: of_range("max_sum", v), [0, 1.7e308], [-1e-9]),
    f"{AIM}.target.sun": (
        lambda v: of_strategy(LUX, {"type": "BALANCE"}, "target", {"sun": v, "rain": 1}), [0, 1, 1e9], [-1e-9, 2e9]),
    f"{AIM}.stopping_condition_minimum_typicality": (
        lambda v: of_strategy(E, {"type": "TYPICALITY"}, "stopping_condition_minimum_typicality", v),
        [5e-324, 1], [0, -0.0, 1.0000001]),
}  # fmt: skip
INTEGERS: dict[str, tuple[Any, list[int], list[int]]] = {
    "stopping_condition.n_samples": (
        lambda v: {"stopping_condition": {"n_samples": v}}, [1, LARGEST_INTEGER], [0, -1, LARGEST_INTEGER + 1]),
    "n_samples": (
        lambda v: {"n_samples": v, "strategies": PAIR}, [-1, 1, LARGEST_INTEGER], [-2, 0, LARGEST_INTEGER + 1]),
    "seed": (lambda v: {"seed": v}, [0, 2**32 - 1], [-1, 2**32]),
    "strategies[0].input.random_seed": (
        lambda v: {"n_samples": 1, "strategies": [{"input": {**RANDOM, "random_seed": v}, "strategy": WEIGHTS}]},
        [0, 2**32 - 1], [-1, 2**32]),
    f"{AIM}.num_nearest_neighbors": (
        lambda v: of_strategy(E, {"type": "TYPICALITY"}, "num_nearest_neighbors", v),
        [2, LARGEST_INTEGER], [1, 0, LARGEST_INTEGER + 1]),
}  # fmt: skip


def refused(fields: dict[str, Any], path: str) -> str:
    with pytest.raises(InputError) as error:
        validated(SelectionConfig, fields, "s")
    line = str(error.value)
    assert line.startswith(f"s.{path}") and "\n" not in line and len(line) < 300
    return line


@pytest.mark.parametrize("path", FLOATS)
def test_floats(path: str) -> None:
    make, allowed, beyond = FLOATS[path]
    for value in allowed:
        validated(SelectionConfig, make(value), "s")
    for value in beyond:
        refused(make(value), path)
    for value in (math.nan, math.inf, -math.inf, 1e400, True, False, "0.5", [0.5], HUGE, -HUGE):
        refused(make(value), path)


@pytest.mark.parametrize("path", INTEGERS)
def test_integers(path: str) -> None:
    make, allowed, beyond = INTEGERS[path]
    for value in allowed:
        validated(SelectionConfig, make(value), "s")
    for value in beyond:
        refused(make(value), path)
    for value in (math.nan, math.inf, 1.0, 2.5, -0.0, True, False, "3", [3], HUGE):
        refused(make(value), path)


def test_flags_are_flags() -> None:
    for value in (1, 0, "true", "False", 1.0):
        refused({"dump_sampled_embeddings": value}, "dump_sampled_embeddings")
    assert validated(SelectionConfig, {"dump_sampled_embeddings": False}, "s").dump_sampled_embeddings is False


def test_what_keeps_nothing_is_said_so() -> None:
    line = refused({"stopping_condition": {"proportion_samples": 0.0}}, "stopping_condition.proportion_samples")
    assert "more than 0" in line
    assert "exclude each other" in refused(
        {"stopping_condition": {"proportion_samples": 0.5, "n_samples": 3}}, "stopping_condition"
    )


@pytest.mark.parametrize("name", ["active_learning_score_column_name", "active_learning_score_name"])
def test_a_score_without_a_name(name: str) -> None:
    refused({"method": "coral", name: ""}, name)
