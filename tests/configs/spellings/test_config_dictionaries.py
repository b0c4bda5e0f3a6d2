import re
from typing import Any

import pytest

from configs.errors import InputError
from configs.run_settings import resolve
from configs.spellings.config_dictionaries import WORKER, settings_from_dictionaries, with_tokens
from configs.spellings.flat_options import flat_values, nested_values, overrides_of, parse_flat_options

DIVERSE = {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}
SELECTION = {"n_samples": 50, "strategies": [DIVERSE]}


def test_a_documented_job_is_the_same_as_its_tokens() -> None:
    named = settings_from_dictionaries(
        {"enable_corruptness_check": False, "remove_exact_duplicates": True, "checkpoint": "lightly_epoch_X.ckpt",
         "relevant_filenames_file": ".lightly/relevant_filenames.txt", "normalize_embeddings": None,
         "datasource": {"process_all": False}},
        None,
        {"loader": {"batch_size": 32, "num_workers": 2}, "model": {"name": "resnet-34", "num_ftrs": 16, "width": 1},
         "trainer": {"gpus": 0}, "collate": {"input_size": 128}, "seed": 7},
    )  # fmt: skip
    tokens = parse_flat_options(
        ["enable_corruptness_check=False", "remove_exact_duplicates=True", "checkpoint=lightly_epoch_X.ckpt",
         "relevant_filenames_file=.lightly/relevant_filenames.txt", "lightly.loader.batch_size=32",
         "lightly.loader.num_workers=2", "lightly.model.name=resnet-34", "lightly.model.num_ftrs=16",
         "lightly.model.width=1", "lightly.trainer.gpus=0", "lightly.collate.input_size=128", "lightly.seed=7"]
    )  # fmt: skip
    assert resolve(named) == resolve(tokens.named)


def test_strategies_are_part_of_the_settings() -> None:
    settings = resolve(settings_from_dictionaries({}, SELECTION))
    assert settings["selected_samples"].selection_config() == SELECTION  # type: ignore[attr-defined]
    values = flat_values(settings)
    assert values["selection_config.n_samples"] == 50
    assert values["selection_config.strategies[0].strategy"] == {"type": "DIVERSITY"}
    assert "method" not in values and "stopping_condition.n_samples" not in values
    assert nested_values(settings)["selection_config"] == SELECTION
    assert overrides_of(settings_from_dictionaries({"method": None}, SELECTION)) == []


def test_nothing_given_names_nothing() -> None:
    assert settings_from_dictionaries() == settings_from_dictionaries({}, None, {}) == {}


def test_null_is_not_given_unless_it_means_something() -> None:
    collate = {"kernel_size": None, "input_size": None, "sigmas": [0.2, 2]}
    named = settings_from_dictionaries({"checkpoint": None}, None, {"collate": collate, "trainer": {"precision": None}})
    tokens = parse_flat_options(["lightly.collate.kernel_size=null", "lightly.collate.sigmas=[0.2,2]"]).named
    assert named == tokens
    groups = {"datasource": {"input_expiration": None}, "stopping_condition": None}
    assert settings_from_dictionaries(groups, None, {"model": None}) == {}


def test_files_about_to_be_deleted_in_both_spellings() -> None:
    asked = {"min_days_to_expiration": 3, "handling_strategy": "SKIP"}
    named = settings_from_dictionaries({"datasource": {"input_expiration": asked, "process_all": True}})
    key = "datasource.input_expiration"
    tokens = [f"{key}.min_days_to_expiration=3", f"{key}.handling_strategy=SKIP", "datasource.process_all=True"]
    assert resolve(named) == resolve(parse_flat_options(tokens).named)
    assert nested_values(resolve(named))["datasource"]["input_expiration"] == asked
    assert nested_values(resolve({}))["datasource"]["input_expiration"] == {
        "min_days_to_expiration": None,
        "handling_strategy": "",
    }
    assert settings_from_dictionaries({"datasource": nested_values(resolve(named))["datasource"]}) != {}


@pytest.mark.parametrize(
    ("dictionaries", "line"),
    [
        ({"worker_config": {"enable_corruptnes_check": True}},
         "worker_config.enable_corruptnes_check does not exist; did you mean enable_corruptness_check?"),
        ({"worker_config": {"dump_dataset": True}},
         "worker_config.dump_dataset does not exist; it is an option of the command: dump_dataset=…"),
        ({"worker_config": {"remove_exact_duplicates": "true"}},
         "worker_config.remove_exact_duplicates: expected true or false; the value given is 'true'"),
        ({"worker_config": {"remove_exact_duplicates": 1}},
         "worker_config.remove_exact_duplicates: expected true or false; the value given is 1"),
        ({"worker_config": {"checkpoint": 3}}, "worker_config.checkpoint: expected text; the value given is 3"),
        ({"worker_config": {"output_image_format": "exe"}},
         "worker_config.output_image_format: 'exe' does not exist; there are: png, jpg, jpeg, webp, bmp, tif, tiff, "
         "ppm"),
        ({"worker_config": {"pretagging": True}},
         "worker_config.pretagging: pretagging is not supported yet; leave it out or give False"),
        ({"worker_config": {"datasource": {"process_all": 1}}},
         "worker_config.datasource.process_all: expected true or false; the value given is 1"),
        ({"worker_config": {"num_processes": 4}},
         "worker_config.num_processes: a fixed number of processes is not supported yet; leave it out or give -1"),
        ({"worker_config": {"method": "coreset"}, "selection_config": SELECTION},
         "worker_config.method and selection_config exclude each other; leave one of them out"),
        ({"worker_config": {"stopping_condition": {"n_samples": "many"}}},
         "worker_config.stopping_condition.n_samples: write a count (1, 2, …), a share with a decimal point (above "
         "0.0, up to 1.0), or -1 for no condition; the value given is 'many'"),
        ({"worker_config": {"stopping_condition": {"min_distance": True}}},
         "worker_config.stopping_condition.min_distance: write a distance from 0 to 1e18, or -1 for no condition; the "
         "value given is True"),
        ({"worker_config": {"upload_dataset": True}},
         "worker_config.upload_dataset does not exist; it is an option of the command: upload_dataset=…"),
        ({"worker_config": {"upload_report": "yes"}},
         "worker_config.upload_report: uploading to a platform is not supported yet; leave it out or give False"),
        ({"worker_config": {"datasource": {"input_expiration": {"min_days_to_expiration": -1}}}},
         "worker_config.datasource.input_expiration.min_days_to_expiration: must be at least 0; the value given is -1"),
        ({"worker_config": {"datasource": {"input_expiration": {"handling_strategy": "skip"}}}},
         "worker_config.datasource.input_expiration.handling_strategy: 'skip' does not exist; did you mean SKIP?"),
        ({"worker_config": {"datasource": {"input_expiration": 3}}},
         "worker_config.datasource.input_expiration: expected a dictionary; the value given is 3"),
        ({"lightly_config": {"model": "resnet-9"}},
         "lightly_config.model: expected a dictionary; the value given is 'resnet-9'"),
        ({"worker_config": {"checkpoint": "a\nb"}},
         "worker_config.checkpoint: expected one line of text; the value given is 'a\\nb'"),
        ({"worker_config": {"a\nb": 1}}, "worker_config.a\\nb does not exist; there are: " + ", ".join(WORKER)),
        ({"lightly_config": {"collate": {"sigmas": 1}}},
         "lightly_config.collate.sigmas: write [lowest,highest], two numbers from 0 to 1000, or null; the value given "
         "is 1"),
        ({"worker_config": [1]}, "worker_config: expected a dictionary; the value given is [1]"),
        ({"worker_config": {1: 2}}, "worker_config: the name 1 is no text; put it in quotes"),
        ({"lightly_config": {"loader": {"batch_size": 0}}},
         "lightly_config.loader.batch_size: must be at least 1; the value given is 0"),
        ({"lightly_config": {"loader": {"batch_size": 1.5}}},
         "lightly_config.loader.batch_size: expected a whole number; the value given is 1.5"),
        ({"lightly_config": {"loader": {"bach_size": 1}}},
         "lightly_config.loader.bach_size does not exist; did you mean loader.batch_size?"),
        ({"lightly_config": {"model": {"width": float("nan")}}},
         "lightly_config.model.width: nan is no finite number; give one"),
        ({"lightly_config": {"collate": {"input_size": 0}}},
         "lightly_config.collate.input_size: must be at least 1; the value given is 0"),
        ({"selection_config": {}},
         'selection_config.strategies is missing; give at least one, for instance {"input": {"type": "EMBEDDINGS"}, '
         '"strategy": {"type": "DIVERSITY"}}'),
        ({"selection_config": {"n_sample": 3}}, "selection_config.n_sample does not exist; did you mean n_samples?"),
        ({"selection_config": {**SELECTION, "method": "random"}},
         "selection_config.method does not exist; there are: n_samples, proportion_samples, strategies"),
        ({"selection_config": {**SELECTION, "auto_tasks": [{"type": "TILING"}]}},
         "selection_config.auto_tasks: tiling of images is not supported yet; leave it out"),
        ({"selection_config": {"n_samples": 3, "strategies": [{**DIVERSE, "strategy": {"type": "DIVERS"}}]}},
         "selection_config.strategies[0].strategy.type: 'DIVERS' does not exist; did you mean DIVERSITY?"),
    ],
)  # fmt: skip
def test_mistakes_are_one_line_with_the_path(dictionaries: dict[str, Any], line: str) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(line)}$"):
        settings_from_dictionaries(**dictionaries)


def test_deep_dictionaries_are_refused() -> None:
    deep: dict[str, Any] = {}
    for _ in range(1000):
        deep = {"a": deep}
    with pytest.raises(InputError, match="nested too deeply"):
        settings_from_dictionaries(deep)


def test_a_token_overrides_a_dictionary() -> None:
    first = settings_from_dictionaries({"checkpoint": "a.ckpt", "remove_exact_duplicates": False}, SELECTION)
    both = with_tokens(first, parse_flat_options(["checkpoint=b.ckpt", "input_dir=/x"]).named)
    assert both["checkpoint"]["checkpoint"] == "b.ckpt"
    assert both["dedup_sets"] == {"remove_exact_duplicates": False}
    assert both["selected_samples"] == SELECTION
    assert both["datasource"] == {"input_dir": "/x"}


@pytest.mark.parametrize("token", ["method=random", "stopping_condition.n_samples=3"])
def test_tokens_of_the_other_generation_are_refused(token: str) -> None:
    with pytest.raises(InputError, match="and selection_config exclude each other"):
        with_tokens(settings_from_dictionaries({}, SELECTION), parse_flat_options([token]).named)
