"""How options are collected from the marks on fields; which there are is held by `test_old_scripts`."""

from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field

from configs.field_types import Flag, Number, Text, Whole
from configs.option import Option, Spelling
from configs.run_settings import RESOURCES, STAGES, resolve
from configs.spellings.config_dictionaries import LIGHTLY, WORKER
from configs.spellings.options import OPTIONS, FlatOption, _in_order, _marked, nested
from configs.spellings.unsupported_options import KNOWN, UNSUPPORTED

# As documented for `worker_config`; what is not supported yet included.
WORKER_KEYS = """
relevant_filenames_file enable_corruptness_check corruptness_check.corruption_threshold remove_exact_duplicates
checkpoint embeddings enable_training output_image_format pretagging pretagging_debug pretagging_upload
normalize_embeddings method stopping_condition.n_samples stopping_condition.min_distance active_learning.task_name
active_learning.score_name scorer scorer_config.frequency_penalty scorer_config.min_score selected_sequence_length
datasource.process_all datasource.enable_datapool_update datasource.bypass_verify object_level.task_name
object_level.crop_dataset_name object_level.padding upload_report
datasource.input_expiration.min_days_to_expiration datasource.input_expiration.handling_strategy checkpoint_run_id
datapool.dataset_id use_datapool training.task_name num_processes num_threads shutdown_when_job_finished cache_size
crops.enable_upload crops.enable_upload_for_tasks
"""


class Part(BaseModel):
    size: Annotated[Whole, Option("part.size")] = Field(default=3, description="How large.")
    share: Annotated[Number | None, Option("share", after="wide")] = Field(default=None, description="How much.")


def _read(value: Any) -> dict[str, Any]:
    return {"low": value, "high": value}


class Stage(BaseModel):
    name: Annotated[Text, Option("name", worker=True)] = Field(default="a", description="What it is called.")
    part: Part = Part()
    low: Annotated[
        Number, Option("wide", spelling=Spelling(_read, lambda stage: stage.high, "wide float", "write it", "Both."))
    ] = Field(default=0.0, description="How low.")
    high: Number = Field(default=1.0, description="How high.")
    wide: Annotated[Flag, Option("last")] = Field(default=False, description="Last of all.")


def test_fields_are_found_at_any_depth_and_in_order() -> None:
    found = list(_marked("stage", Stage))
    assert [(option.key, option.path) for option in found] == [
        ("name", "name"), ("part.size", "part.size"), ("share", "part.share"), ("wide", "low"), ("last", "wide"),
    ]  # fmt: skip
    assert [option.key for option in _in_order(iter(found))] == ["name", "part.size", "wide", "share", "last"]
    assert [option.type_name for option in found] == ["str", "int", "float", "wide float", "bool"]
    assert [option.meaning for option in found][2:4] == ["How much.", "How low. Both."]
    assert [option.is_optional for option in found] == [False, False, True, False, False]


def test_values_go_in_and_come_out_in_the_old_spelling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STAGES, "stage", Stage)
    name, size, share, wide, _ = _marked("stage", Stage)
    assert name.typed("b") == {"name": "b"}
    assert size.typed(5) == {"part": {"size": 5}}
    assert share.typed(None) == {"part": {"share": None}}
    assert wide.typed(0.5) == {"low": 0.5, "high": 0.5}
    settings = {"stage": Stage.model_validate({"part": {"size": 8}, "high": 7})}
    assert [option.value_in(settings) for option in (name, size, share, wide)] == ["a", 8, None, 7.0]


def test_nested() -> None:
    assert nested("a.b.c", 1) == {"a": {"b": {"c": 1}}}
    assert nested("a", {"b": 2}) == {"a": {"b": 2}}


def test_every_stage_has_a_title_and_every_option_a_key_of_its_own() -> None:
    titles = [config.title for config in (*RESOURCES.values(), *STAGES.values())]  # type: ignore[union-attr]
    assert len(set(titles)) == len(titles) == 13
    marks = [option for stage, config in {**RESOURCES, **STAGES}.items() for option in _marked(stage, config)]
    assert len(marks) == len(OPTIONS)
    assert len({(option.key, door) for option in KNOWN for door in option.doors}) == sum(len(o.doors) for o in KNOWN)


def test_a_default_written_in_the_old_spelling_is_the_default() -> None:
    settings = resolve({})

    def again(option: FlatOption) -> Any:
        return resolve({option.stage: option.typed(option.value_in(settings))})

    assert [key for key, option in OPTIONS.items() if again(option) != settings] == []


def test_the_keys_of_the_dictionaries() -> None:
    assert list(WORKER) != [] and WORKER.keys() == set(WORKER_KEYS.split())
    assert {f"lightly.{key}" for key in LIGHTLY} == {
        key for key in (*OPTIONS, *UNSUPPORTED) if key.startswith("lightly.")
    }
    assert LIGHTLY["loader.batch_size"] is OPTIONS["lightly.loader.batch_size"]
