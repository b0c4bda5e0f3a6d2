"""Every option of the list with each neutral value, values that ask for nothing, and values that ask for something."""

import math
from typing import Any

import pytest

from configs.errors import InputError
from configs.spellings.flat_options import parse_flat_options
from configs.spellings.unsupported_options import KNOWN, UNSUPPORTED, UNSUPPORTED_SELECTION, UNSUPPORTED_WORKER

ANYTHING = [
    None,
    "",
    "x",
    True,
    False,
    0,
    1,
    2,
    -1,
    0.5,
    1.5,
    math.inf,
    math.nan,
    [],
    [1],
    [1, 2],
    [1, 2, 3],
    [0],
    ["x"],
]
EMPTY = ["", None]
FLAGS = [True, False]
SHARES = [0, 1, 0.5]
SIZES = [0, 1, 2, 0.5, 1.5]
TEXTS = ["", "x"]
# key -> (neutral values, those of ANYTHING that ask for nothing though they are not neutral)
EXPECTED: dict[str, tuple[list[Any], list[Any]]] = {
    "corruptness_check.corruption_threshold": ([0.1], SHARES),
    "upload_report": ([False], FLAGS),
    "pretagging": ([False], []),
    "pretagging_debug": ([False], FLAGS),
    "pretagging_config": (EMPTY, []),
    "pretagging_upload": ([False], FLAGS),
    "scorer": ([*EMPTY, "object-frequency"], []),
    "scorer_config.frequency_penalty": ([0.25], SHARES),
    "scorer_config.min_score": ([0.9], SHARES),
    "selected_sequence_length": ([1], []),
    "datasource.use_frame_count_metadata": ([False], FLAGS),
    "object_level.task_name": (EMPTY, []),
    "object_level.crop_dataset_name": (EMPTY, TEXTS),
    "object_level.padding": ([0.0], SIZES),
    "show_video_sampling_timeline": ([True], FLAGS),
    "lightly.pre_trained": (FLAGS, []),
    "lightly.crop_padding": ([0.1], SIZES),
    "lightly.append": ([False], FLAGS),
    "lightly.tag_name": ([*EMPTY, "initial-tag"], TEXTS),
    "lightly.exclude_parent_tag": ([False], FLAGS),
    "lightly.embedding_name": ([*EMPTY, "default"], TEXTS),
    "lightly.emb_upload_bsz": ([32], SIZES),
    "lightly.custom_metadata": (EMPTY, []),
    "lightly.label_dir": (EMPTY, []),
    "lightly.label_names_file": (EMPTY, []),
    "lightly.input_dir": (EMPTY, []),
    "lightly.output_dir": (EMPTY, []),
    "lightly.embeddings": (EMPTY, []),
    "lightly.checkpoint": (EMPTY, []),
    "lightly.token": (EMPTY, []),
    "training.task_name": (EMPTY, []),
    "num_processes": ([-1], []),
    "num_threads": ([-1], []),
    "shutdown_when_job_finished": ([False], FLAGS),
    "cache_size": ([None, 0, -1], SIZES),
    "crops.enable_upload": (FLAGS, []),
    "crops.enable_upload_for_tasks": ([None, []], []),
    "lightly_path_regex": (EMPTY, []),
    "auto_tasks": ([None, []], []),
}


def among(value: Any, values: list[Any]) -> bool:
    return any(value == each and isinstance(value, bool) == isinstance(each, bool) for each in values)


@pytest.mark.parametrize("option", KNOWN, ids=lambda option: option.key)
def test_which_values_pass(option: Any) -> None:
    neutral, harmless = EXPECTED[option.key]
    for value in [*ANYTHING, *neutral]:
        assert option.is_neutral(value) == among(value, neutral), value
    for value in ANYTHING:
        assert option.harmless(value) == among(value, harmless), value
    assert bool(option.reason) == bool(harmless)
    assert option.capability


def test_the_table_is_complete() -> None:
    assert [option.key for option in KNOWN if option.key not in EXPECTED] == []
    assert len({option.key for option in KNOWN}) == len(KNOWN)


def test_which_doors_know_them() -> None:
    both = {
        "corruptness_check.corruption_threshold", "upload_report", "pretagging", "pretagging_debug", "scorer",
        "pretagging_upload", "scorer_config.frequency_penalty", "scorer_config.min_score", "selected_sequence_length",
        "object_level.task_name", "object_level.crop_dataset_name", "object_level.padding",
    }  # fmt: skip
    assert set(UNSUPPORTED) & set(UNSUPPORTED_WORKER) == both
    assert set(UNSUPPORTED_SELECTION) == {"lightly_path_regex", "auto_tasks"}
    assert {*UNSUPPORTED, *UNSUPPORTED_WORKER, *UNSUPPORTED_SELECTION} == {option.key for option in KNOWN}


@pytest.mark.parametrize(
    ("token", "mend"),
    [
        ("pretagging=True", "leave pretagging out or set pretagging=False"),
        ("selected_sequence_length=2", "leave selected_sequence_length out or set selected_sequence_length=1"),
        ("scorer=other", "leave scorer out or set scorer=''"),
    ],
)
def test_the_mend_names_the_neutral_value(token: str, mend: str) -> None:
    with pytest.raises(InputError) as error:
        parse_flat_options([token])
    assert str(error.value).endswith(f"is not supported yet; {mend}")
