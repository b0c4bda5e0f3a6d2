import re

import pytest

from configs.errors import InputError
from configs.run_settings import resolve
from configs.spellings.flat_options import (
    COMMAND_OPTIONS,
    OPTIONS,
    flat_values,
    nested_values,
    overrides_of,
    parse_flat_options,
)
from configs.spellings.unsupported_options import UNSUPPORTED

# The flat generation's documented parameters with their defaults.
DOCUMENTED = {
    "token": "",
    "worker_id": "",
    "sanity_check": False,
    "relevant_filenames_file": "",
    "enable_corruptness_check": True,
    "corruptness_check.corruption_threshold": 0.1,
    "remove_exact_duplicates": True,
    "checkpoint": "",
    "embeddings": "",
    "enable_training": False,
    "dump_dataset": False,
    "dump_sampled_embeddings": True,
    "output_image_size": -1,
    "output_image_format": "png",
    "upload_dataset": False,
    "pretagging": False,
    "pretagging_debug": False,
    "pretagging_config": "",
    "embedding_precision": "32",
    "append_weak_labels": False,
    "normalize_embeddings": True,
    "scorer": "object-frequency",
    "scorer_config.frequency_penalty": 0.25,
    "scorer_config.min_score": 0.9,
    "method": "coreset",
    "stopping_condition.n_samples": -1,
    "stopping_condition.min_distance": -1.0,
    "selected_sequence_length": 1,
    "datapool.name": "",
    "datapool.keep_history": True,
    "datapool.dataset_id": "",
    "datasource.dataset_id": "null",
    "datasource.process_all": False,
    "datasource.enable_datapool_update": True,
    "datasource.use_frame_count_metadata": False,
    "n_example_images": 6,
    "memory_requirement_in_GB": 2,
    "show_video_sampling_timeline": True,
    "run_directory": "",
    "lightly.loader.batch_size": 16,
    "lightly.loader.num_workers": -1,
    "lightly.trainer.gpus": 1,
    "lightly.trainer.max_epochs": 100,
    "lightly.seed": 1,
}


def settings(*tokens: str) -> dict[str, object]:
    return flat_values(resolve(parse_flat_options(tokens).named))


@pytest.mark.parametrize(("key", "value"), DOCUMENTED.items())
def test_every_documented_parameter_is_accepted_with_its_default(key: str, value: object) -> None:
    parse_flat_options([f"{key}={value}"])
    if key in OPTIONS:
        assert settings()[key] == value
        assert settings(f"{key}={value}") == settings()


def test_the_documented_model_is_the_default_where_a_resnet_is_asked_for() -> None:
    """Its keys have no default of their own, so that nothing named is the built-in model."""
    for key, value in {"name": "resnet-18", "width": 1.0, "num_ftrs": 32}.items():
        assert settings()[f"lightly.model.{key}"] is None
        assert settings(f"lightly.model.{key}={value}")[f"lightly.model.{key}"] == value
    assert settings("lightly.collate.input_size=64")["lightly.collate.input_size"] == 64
    assert settings()["lightly.collate.input_size"] is None


@pytest.mark.parametrize(
    ("token", "count", "share"),
    [
        ("0.3", None, 0.3),
        ("1.", None, 1.0),
        ("1", 1, None),
        ("50'000", 50_000, None),
        ("-1", None, None),
        ("-1.", None, None),
    ],
)
def test_n_samples_is_a_count_or_a_share_by_its_spelling(token: str, count: int | None, share: float | None) -> None:
    condition = resolve(parse_flat_options([f"stopping_condition.n_samples={token}"]).named)["selected_samples"]
    assert condition.stopping_condition.n_samples == count  # type: ignore[attr-defined]
    assert condition.stopping_condition.proportion_samples == share  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("token", "value"),
    [("-1", -1), ("480", 480), ("[480,640]", [480, 640])],
)
def test_output_image_size(token: str, value: object) -> None:
    assert settings(f"output_image_size={token}")["output_image_size"] == value


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        (["n_sample=3"], "option n_sample does not exist; did you mean stopping_condition.n_samples?"),
        (["embedings=x"], "did you mean embeddings?"),
        (["stopping_condition.min_dist=1"], "did you mean stopping_condition.min_distance?"),
        (["zzzzqq=3"], "option zzzzqq does not exist; winnow run --help lists all options"),
        (["n_example_images=5"], "n_example_images=5: must be an even number"),
        (["method=corset"], "method=corset: must be one of coreset, random, coral"),
        (["stopping_condition.n_samples=1.5"], "a share with a decimal point (above 0.0, up to 1.0)"),
        (["stopping_condition.n_samples=0"], "stopping_condition.n_samples=0: write a count"),
        (["stopping_condition.n_samples=-2"], "stopping_condition.n_samples=-2: write a count"),
        (["stopping_condition.n_samples=True"], "stopping_condition.n_samples=True: write a count"),
        (["stopping_condition.min_distance=-0.5"], "write a distance from 0 to 1e18"),
        (["stopping_condition.n_samples=0.0"], "stopping_condition.n_samples=0.0: write a count"),
        (["lightly.loader.batch_size=0"], "lightly.loader.batch_size=0: must be at least 1"),
        (["lightly.loader.batch_size=many"], "lightly.loader.batch_size=many: expected a whole number"),
        (["lightly.loader.batch_size=1.5"], "expected a whole number"),
        (["dump_dataset=1"], "dump_dataset=1: expected true or false"),
        (["output_image_size=0"], "output_image_size=0: write the shortest edge"),
        (["output_image_size=[1,2,3]"], "write the shortest edge"),
        (["upload_dataset=1"], "upload_dataset=1: expected true or false"),
        (["lightly.upload=all"], "lightly.upload=all: write full, thumbnails, or none (also: meta, metadata)"),
        (["lightly.resize=0"], "lightly.resize=0: write the shortest edge in pixels"),
        (["lightly.append=1"], "uploading to a platform is not supported yet"),
        (["datapool.dataset_id=abc"], "datapool.dataset_id=abc belongs to jobs of the platform"),
        (["datapool.keep_history=1"], "datapool.keep_history=1: expected true or false"),
        (["memory_requirement_in_GB=0"], "must be more than 0"),
    ],
)
def test_mistakes_name_key_value_and_mend(tokens: list[str], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)) as error:
        parse_flat_options(tokens)
    assert "\n" not in str(error.value)


def test_the_last_of_two_tokens_wins() -> None:
    assert settings("n_example_images=2", "n_example_images=4")["n_example_images"] == 4


def test_the_datapool() -> None:
    chosen = settings("datapool.name=my_pool", "datapool.keep_history=False", "datasource.enable_datapool_update=false")
    assert chosen["datapool.name"] == "my_pool"
    assert chosen["datapool.keep_history"] is False
    assert chosen["datasource.enable_datapool_update"] is False
    assert settings("datapool.name=null") == settings("datapool.name=") == settings()


def test_the_token_is_redacted() -> None:
    request = parse_flat_options(["token=SECRET", "method=random"])
    assert request.overrides == ["token=****", "method=random"]
    assert "SECRET" not in repr(request)


def test_words_that_look_like_numbers_stay_words() -> None:
    assert settings("run_directory=2021")["run_directory"] == "2021"
    assert settings("checkpoint=1e5")["checkpoint"] == "1e5"
    assert settings('input_dir="a b"')["input_dir"] == "a b"


def test_nested_values_have_the_old_layout() -> None:
    nested = nested_values(resolve(parse_flat_options(["stopping_condition.n_samples=0.3"]).named))
    assert nested["stopping_condition"] == {"n_samples": 0.3, "min_distance": -1.0}
    assert nested["lightly"]["model"] == {"name": None, "width": None, "num_ftrs": None, "out_dim": 128}


def test_overrides_name_what_differs_from_the_defaults() -> None:
    named = parse_flat_options(["method=random", "remove_exact_duplicates=True", "output_image_size=7"]).named
    assert overrides_of(named) == ["method=random", "output_image_size=7"]


def test_no_option_is_listed_twice() -> None:
    assert not OPTIONS.keys() & UNSUPPORTED.keys()
    assert not COMMAND_OPTIONS.keys() & (OPTIONS.keys() | UNSUPPORTED.keys())


def test_every_option_has_a_meaning() -> None:
    assert [key for key, option in OPTIONS.items() if len(option.meaning) < 15] == []


@pytest.mark.parametrize(
    "token",
    [
        "lightly.loader.batch_size=" + "9" * 5000,
        "stopping_condition.n_samples=" + "1" * 100_000,
        "stopping_condition.min_distance=1e999",
        "output_image_size=[True,2]",
        "output_image_size=[" + "1," * 50_000 + "1]",
        "method=a\nb",
        "upload_dataset=" + "x" * 1000,
        "worker_id=a\nb",
        "zzzz" * 1000 + "=1",
        "no\nkey\x1b[31m",
        "sanity_check=" + "x" * 1000,
        "savings.currency=\x1b[31m" + "x" * 100,
    ],
)
def test_hostile_tokens_are_one_short_line(token: str) -> None:
    with pytest.raises(InputError) as error:
        parse_flat_options([token])
    assert str(error.value).isprintable()
    assert len(str(error.value)) < 400


@pytest.mark.parametrize("key", ["worker.worker_id", "worker_id"])
def test_joining_as_a_worker(key: str) -> None:
    id = "0123456789abcdef01234567"
    asked = parse_flat_options([f"{key}={id}", "token=secret", "worker.force_start=false"])
    assert (asked.worker, asked.force_start, asked.token) == (id, False, "secret")
    assert "secret" not in repr(asked)
    assert (parse_flat_options([]).worker, parse_flat_options([]).force_start) == ("", True)
    for wrong in ("abc", id.upper(), f"{id}0"):
        with pytest.raises(InputError, match=f"^{key}={wrong}: expected the 24 digits that register_compute_worker"):
            parse_flat_options([f"{key}={wrong}"])
    with pytest.raises(InputError, match=r"^worker.worker_id and worker_id differ; give one of them$"):
        parse_flat_options([f"worker_id={id}", f"worker.worker_id={id[::-1]}"])
    with pytest.raises(InputError, match=r"^worker.force_start=maybe: expected true or false$"):
        parse_flat_options(["worker.force_start=maybe"])
