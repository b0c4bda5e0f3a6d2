"""What the options of a whole run show before any work, through the function that every door calls."""

import re
from typing import Any

import pytest

from configs.errors import InputError
from configs.run_checks import check_min_distance
from configs.run_settings import Named, merge, resolve, resolve_run
from configs.stages.dedup import NormalizationConfig
from configs.stages.selection import SelectionConfig

IMAGES: Named = {"datasource": {"input_dir": "/in", "shared_dir": "/shared"}, "run_folder": {"output_dir": "/out"}}
FILE: Named = merge(
    IMAGES, {"datasource": {"input_dir": "", "shared_dir": "/shared"}, "input_samples": {"embeddings": "a.csv"}}
)
TRAINING: Named = {"checkpoint": {"enable_training": True}}
EMBEDDINGS = {"type": "EMBEDDINGS"}


def strategies(given: dict[str, Any], strategy: dict[str, Any]) -> Named:
    diverse = {"input": EMBEDDINGS, "strategy": {"type": "DIVERSITY"}}
    entries = [diverse, {"input": given, "strategy": strategy}]
    return {"selected_samples": {"n_samples": 3, "strategies": entries}}


@pytest.mark.parametrize("named", [IMAGES, FILE, merge(IMAGES, TRAINING)])
def test_what_makes_sense_passes_and_is_what_it_was(named: Named) -> None:
    assert resolve_run(named) == resolve(named)


@pytest.mark.parametrize(
    ("base", "more", "line"),
    [
        (IMAGES, {"datasource": {"input_dir": ""}},
         "nothing to select from; add input_dir=/folder/with/images, or embeddings=file.csv with shared_dir"),
        (IMAGES, {"run_folder": {"output_dir": ""}}, "output_dir is not set; add output_dir=/path/to/folder"),
        (IMAGES, {"run_folder": {"run_directory": "/x"}},
         "run_directory=/x must be a name below output_dir, without '..'"),
        (IMAGES, {"run_folder": {"run_directory": "a/../b"}},
         "run_directory=a/../b must be a name below output_dir, without '..'"),
        (FILE, {"datasource": {"shared_dir": ""}},
         "embeddings=a.csv is relative to shared_dir, which is not set; add shared_dir=/path/to/folder"),
        (IMAGES, {"datasource": {"shared_dir": ""}, "input_samples": {"relevant_filenames_file": "r.txt"}},
         "relevant_filenames_file=r.txt is relative to shared_dir, which is not set; add shared_dir=/path/to/folder"),
        (IMAGES, {"datasource": {"shared_dir": ""}, "checkpoint": {"checkpoint": "c.ckpt"}},
         "checkpoint=c.ckpt is relative to shared_dir, which is not set; add shared_dir=/path/to/folder"),
        (IMAGES, {"datasource": {"shared_dir": ""}, "datapool": {"name": "pool"}},
         "datapool.name=pool is relative to shared_dir, which is not set; add shared_dir=/path/to/folder"),
        (IMAGES, {"input_samples": {"input_expiration": {"min_days_to_expiration": 2.5}}},
         "datasource.input_expiration.min_days_to_expiration=2.5 does not say what happens then; add "
         "datasource.input_expiration.handling_strategy=SKIP or ABORT"),
        (IMAGES, {"input_samples": {"input_expiration": {"handling_strategy": "ABORT"}}},
         "datasource.input_expiration.handling_strategy=ABORT does not say how soon is too soon; add "
         "datasource.input_expiration.min_days_to_expiration=7, or another number of days"),
        (IMAGES, {"input_samples": {"embeddings": "/abs.csv"}},
         "embeddings=/abs.csv must be relative to shared_dir, without '..'; copy the file to /shared"),
        (IMAGES, {"datasource": {"input_dir": "s3://abc/in", "shared_dir": ""},
                  "input_samples": {"relevant_filenames_file": ".lightly/r.txt"}},
         "relevant_filenames_file=.lightly/r.txt is relative to shared_dir, which is not set; add shared_dir="
         "/path/to/folder"),
        (IMAGES, {"input_samples": {"relevant_filenames_file": "/abs.txt"}},
         "relevant_filenames_file=/abs.txt must be relative to shared_dir, without '..'; copy the file to /shared"),
        (IMAGES, {"checkpoint": {"checkpoint": "a/../../b.ckpt"}},
         "checkpoint=a/../../b.ckpt must be relative to shared_dir, without '..'; copy the file to /shared"),
        (FILE, TRAINING,
         "enable_training=True and embeddings=a.csv exclude each other: training needs images; leave one of them out"),
        (IMAGES, {**TRAINING, "datapool": {"name": "pool"}},
         "enable_training=True and datapool.name=pool exclude each other: the model that made the datapool embeds; "
         "leave one of them out"),
        (IMAGES, {"checkpoint": {"training": {"checkpoint_callback": {"dirpath": "../models"}}}},
         "lightly.checkpoint_callback.dirpath=../models must not hold '..'; give a path without it"),
        (IMAGES, {"selected_samples": {"stopping_condition": {"min_distance": 2.5}}},
         "stopping_condition.min_distance=2.5: normalized embeddings are at most 2 apart; write a distance from 0 to "
         "2, or set normalize_embeddings=False"),
        (IMAGES, strategies(EMBEDDINGS, {"type": "DIVERSITY", "stopping_condition_minimum_distance": 3}),
         "stopping_condition_minimum_distance=3: normalized embeddings are at most 2 apart; write a distance from 0 to "
         "2, or set normalize_embeddings=False"),
        (IMAGES, {"selected_samples": {"method": "coral"}},
         "method=coral needs scores; add embeddings=file.csv with a column al_score, or choose coreset or random"),
        (IMAGES, {"selected_samples": {"method": "coral", "active_learning_task_name": "yolo"}},
         "method=coral needs scores; add embeddings=file.csv with a column yolo.uncertainty_margin, or choose coreset "
         "or random"),
        (IMAGES, strategies({"type": "SCORES", "task": "t", "score": "s"}, {"type": "WEIGHTS"}),
         "selection_config.strategies[1].input: SCORES come from a column of an embeddings file, here t.s; add "
         "embeddings=file.csv, or leave the strategy out"),
        (IMAGES, strategies({"type": "SCORES", "score": "s"}, {"type": "WEIGHTS"}),
         "selection_config.strategies[1].input: SCORES come from a column of an embeddings file, here s; add "
         "embeddings=file.csv, or leave the strategy out"),
        (IMAGES, strategies({"type": "PREDICTIONS", "task": "t", "name": "CATEGORY_COUNT"}, {"type": "WEIGHTS"}),
         "selection_config.strategies[1].input: PREDICTIONS come from a column of an embeddings file, here "
         "t.category_count.<class>; add embeddings=file.csv, or leave the strategy out"),
        (IMAGES, strategies({"type": "METADATA", "key": "lux"}, {"type": "WEIGHTS"}),
         "selection_config.strategies[1].input: METADATA come from a column of an embeddings file, here lux; add "
         "embeddings=file.csv, or leave the strategy out"),
        (IMAGES, strategies({**EMBEDDINGS, "tag_name": "night"}, {"type": "SIMILARITY"}),
         "selection_config.strategies[1].input: EMBEDDINGS come from a column of an embeddings file, here tag.night; "
         "add embeddings=file.csv, or leave the strategy out"),
        (FILE, {"exported_samples": {"dump_dataset": True}},
         "dump_dataset=True needs the pictures; add input_dir=/folder/with/images, or leave dump_dataset out"),
        (IMAGES, {"exported_samples": {"dump_dataset": True, "output_image_format": "webp",
                                       "output_image_size": [100, 16_384]}},
         "output_image_size=16384 with output_image_format=webp: the format holds at most 16383 pixels a side; choose "
         "a smaller size or another format"),
    ],
)  # fmt: skip
def test_what_no_run_could_do_is_one_line(base: Named, more: Named, line: str) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(line)}$"):
        resolve_run(merge(base, more))


@pytest.mark.parametrize(
    ("base", "more"),
    [
        (FILE, {"selected_samples": {"method": "coral"}}),
        (FILE, {"datasource": {"input_dir": "/in"}, "exported_samples": {"dump_dataset": True}}),
        (FILE, {"exported_samples": {"output_image_format": "webp", "output_image_size": [20_000]}}),
        (IMAGES, {"exported_samples": {"dump_dataset": True, "output_image_format": "webp",
                                       "output_image_size": [16_383]}}),
        (IMAGES, {"exported_samples": {"dump_dataset": True, "output_image_size": [32_768]}}),
        (IMAGES, strategies({"type": "METADATA", "key": "lightly.sharpness"}, {"type": "WEIGHTS"})),
        (IMAGES, strategies({"type": "RANDOM"}, {"type": "WEIGHTS"})),
        (IMAGES, strategies(EMBEDDINGS, {"type": "TYPICALITY"})),
        (FILE, strategies({"type": "SCORES", "score": "s"}, {"type": "WEIGHTS"})),
        (IMAGES, {"datapool": {"name": "pool"}}),
        (IMAGES, {"datasource": {"shared_dir": ""}}),
        (IMAGES, {"run_folder": {"run_directory": "a/b"}, "checkpoint": {"checkpoint": "sub/c..ckpt"}}),
        (IMAGES, {"checkpoint": {"training": {"checkpoint_callback": {"dirpath": "/models"}}}}),
        (IMAGES, {"datasource": {"input_dir": "s3://abc/in", "shared_dir": ""},
                  "input_samples": {"relevant_filenames_file": "r.txt"}}),
    ],
)  # fmt: skip
def test_what_is_near_to_it_passes(base: Named, more: Named) -> None:
    named = merge(base, more)
    assert resolve_run(named) == resolve(named)


@pytest.mark.parametrize(
    ("distance", "normalize"), [(2.0, True), (2.5, False), (0.0, True), (None, True), (1e18, False)]
)
def test_distances_that_two_samples_can_have(distance: float | None, normalize: bool) -> None:
    selection = SelectionConfig.model_validate({"stopping_condition": {"min_distance": distance}})
    check_min_distance(selection, NormalizationConfig(normalize_embeddings=normalize))
    assert selection.min_distance == distance


def test_the_largest_distance_of_several_strategies_counts() -> None:
    near, far = (
        {"input": EMBEDDINGS, "strategy": {"type": "DIVERSITY", "stopping_condition_minimum_distance": distance}}
        for distance in (0.1, 2.1)
    )
    selection = SelectionConfig.model_validate({"n_samples": 3, "strategies": [near, far]})
    with pytest.raises(InputError, match=r"^stopping_condition_minimum_distance=2\.1: "):
        check_min_distance(selection, NormalizationConfig())
