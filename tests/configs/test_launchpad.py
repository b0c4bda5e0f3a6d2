"""Dagster's form of the typed configs: nothing is written for nobody, nothing that fits is refused."""

from typing import Any

import pytest
from dagster import Field, Shape
from dagster._config import process_config
from pydantic import BaseModel

from configs.launchpad import launchpad_fields
from configs.run_settings import RESOURCES, STAGES
from configs.stages.selection import SelectionConfig

EVERY = {**STAGES, **RESOURCES}


def fields_of(fields: dict[str, Any], path: str = "") -> dict[str, Field]:
    """All fields of a schema, at any depth, by dotted path."""
    found = {}
    for name, field in fields.items():
        found[f"{path}{name}"] = field
        below = getattr(field.config_type, "fields", None)
        if below:
            found |= fields_of(below, f"{path}{name}.")
    return found


@pytest.mark.parametrize("model", EVERY.values(), ids=EVERY)
def test_no_field_is_required_or_has_a_default(model: type[BaseModel]) -> None:
    fields = fields_of(launchpad_fields(model))
    assert fields
    assert [path for path, field in fields.items() if field.is_required or field.default_provided] == []
    assert [path for path, field in fields.items() if not field.description] == []


@pytest.mark.parametrize("model", EVERY.values(), ids=EVERY)
def test_it_has_the_fields_of_the_typed_config(model: type[BaseModel]) -> None:
    def paths(kind: type[BaseModel], prefix: str = "") -> set[str]:
        found = set()
        for name, field in kind.model_fields.items():
            found.add(prefix + name)
            if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
                found |= paths(field.annotation, f"{prefix}{name}.")
        return found

    assert set(fields_of(launchpad_fields(model))) == paths(model)


def accepts(value: dict[str, Any]) -> bool:
    return bool(process_config(Shape(launchpad_fields(SelectionConfig)), value).success)


def test_nothing_is_a_config() -> None:
    processed = process_config(Shape(launchpad_fields(SelectionConfig)), {})
    assert processed.success
    assert processed.value == {}


STRATEGY = {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY", "strength": 2}}


@pytest.mark.parametrize(
    ("value", "good"),
    [
        ({"method": "coral"}, True),
        ({"method": "best"}, False),
        ({"stopping_condition": {"n_samples": 3}}, True),
        ({"stopping_condition": {"n_samples": None}}, True),
        ({"stopping_condition": {"n_samples": "3"}}, False),
        ({"stopping_condition": {"proportion_samples": 1}}, True),
        ({"stopping_condition": {"samples": 3}}, False),
        ({"strategies": [STRATEGY]}, True),
        ({"strategies": [{"input": {"type": "EMBEDDINGS"}}]}, False),
        ({"strategies": [{**STRATEGY, "input": {"type": "PIXELS"}}]}, False),
        ({"dump_sampled_embeddings": False}, True),
        ({"dump_sampled_embeddings": 1}, False),
    ],
)
def test_what_dagster_lets_through(value: dict[str, Any], good: bool) -> None:
    assert accepts(value) is good


def test_a_default_stands_in_the_description() -> None:
    fields = fields_of(launchpad_fields(SelectionConfig))
    assert str(fields["seed"].description).endswith("Default: 1.")
    assert str(fields["stopping_condition.n_samples"].description).endswith("Default: null.")
