"""What users of the old products have in their scripts: every documented parameter with its default, and the commands
and dictionaries of the documentation."""

import logging
from typing import Any

import pytest

from configs.errors import InputError
from configs.run_settings import plain, resolve, resolve_run
from configs.spellings.config_dictionaries import settings_from_dictionaries, with_tokens
from configs.spellings.flat_options import COMMAND_OPTIONS, parse_flat_options
from configs.spellings.options import OPTIONS
from configs.spellings.unsupported_options import UNSUPPORTED
from tests.documented_example import LIGHTLY_CONFIG

# The parameters of the container as documented, spelled as there; `key:` without a value is null.
PARAMETERS_TEXT = """
token='' worker_id='' worker.worker_id='' worker.force_start=True sanity_check=False relevant_filenames_file=''
enable_corruptness_check=True corruptness_check.corruption_threshold=0.1 remove_exact_duplicates=True checkpoint=''
embeddings='' enable_training=False dump_dataset=False dump_sampled_embeddings=True output_image_size=-1
output_image_format='png' upload_dataset=False pretagging=False pretagging_debug=False pretagging_config=''
pretagging_upload=False append_weak_labels=False normalize_embeddings=True scorer='object-frequency'
scorer_config.frequency_penalty=0.25 scorer_config.min_score=0.9 active_learning_score_column_name='al_score'
method='coreset' stopping_condition.n_samples=-1 stopping_condition.min_distance=-1. selected_sequence_length=1
datapool.name= datapool.keep_history=True datapool.dataset_id= datasource.dataset_id= datasource.process_all=False
datasource.enable_datapool_update=True datasource.use_frame_count_metadata=False
datasource.use_redirected_read_url=False datasource.bypass_verify=False active_learning.task_name=''
active_learning.score_name='uncertainty_margin' object_level.task_name='' object_level.crop_dataset_name=''
object_level.padding=0.0 upload_report=True n_example_images=6 memory_requirement_in_GB=2
show_video_sampling_timeline=True run_directory= input_dir='' output_dir='' shared_dir=''
"""
# The parameters of the training framework, reached with the prefix `lightly.`.
FRAMEWORK_TEXT = """
lightly.input_dir='' lightly.output_dir='' lightly.embeddings='' lightly.checkpoint='' lightly.label_dir=''
lightly.label_names_file='' lightly.custom_metadata='' lightly.token='' lightly.dataset_id=''
lightly.new_dataset_name='' lightly.upload='full' lightly.append=False lightly.resize=-1
lightly.embedding_name='default' lightly.emb_upload_bsz=32 lightly.tag_name='initial-tag'
lightly.exclude_parent_tag=False lightly.pre_trained=True lightly.crop_padding=0.1 lightly.model.out_dim=128
lightly.criterion.temperature=0.5 lightly.criterion.memory_bank_size=0 lightly.optimizer.lr=1.
lightly.optimizer.weight_decay=0.00001 lightly.collate.cj_prob=0.8 lightly.collate.cj_bright=0.7
lightly.collate.cj_contrast=0.7 lightly.collate.cj_sat=0.7 lightly.collate.cj_hue=0.2 lightly.collate.min_scale=0.15
lightly.collate.random_gray_scale=0.2 lightly.collate.gaussian_blur=0.5 lightly.collate.kernel_size=0.1
lightly.collate.vf_prob=0 lightly.collate.hf_prob=0.5 lightly.collate.rr_prob=0 lightly.collate.rr_degrees=null
lightly.loader.batch_size=16 lightly.loader.shuffle=True lightly.loader.num_workers=-1 lightly.loader.drop_last=True
lightly.trainer.gpus=1 lightly.trainer.max_epochs=100 lightly.trainer.precision=32
lightly.trainer.enable_model_summary=True lightly.trainer.weights_summary= lightly.checkpoint_callback.save_last=True
lightly.checkpoint_callback.save_top_k=1 lightly.checkpoint_callback.dirpath= lightly.summary_callback.max_depth=1
lightly.seed=1
"""
# The documented defaults that choose a resnet here, where the built-in model is the default.
RESNET_TEXT = """
lightly.model.name='resnet-18' lightly.model.num_ftrs=32 lightly.model.width=1 lightly.collate.input_size=64
"""
PARAMETERS, FRAMEWORK, RESNET = PARAMETERS_TEXT.split(), FRAMEWORK_TEXT.split(), RESNET_TEXT.split()
FOLDERS = ["input_dir=/in", "shared_dir=/shared", "output_dir=/out", "token=MYAWESOMETOKEN"]


def test_the_lists_hold_every_known_option() -> None:
    newer = ("savings.", "corruptness_check.", "datasource.input_expiration.")  # ours, or of the newest product
    ours = {key for key in OPTIONS if key.startswith(newer)}
    ours |= {"seed", "dataset", "embedding_precision", "lightly.collate.sigmas", "checkpoint_run_id", "use_datapool"}
    listed = [token.partition("=")[0] for token in (*PARAMETERS, *FRAMEWORK, *RESNET)]
    assert len(listed) == len(set(listed))
    assert {*OPTIONS, *COMMAND_OPTIONS, *UNSUPPORTED} - set(listed) == ours


@pytest.mark.parametrize("token", [*PARAMETERS, *FRAMEWORK])
def test_every_documented_default_asks_for_nothing(token: str) -> None:
    assert resolve(parse_flat_options([token]).named) == resolve({})


def test_all_documented_defaults_together() -> None:
    run = parse_flat_options([*PARAMETERS, *FRAMEWORK])
    assert resolve(run.named) == resolve({})
    assert not run.sanity_check
    model = plain(resolve(parse_flat_options(RESNET).named)["checkpoint"])["model"]
    assert model == {"name": "resnet-18", "width": 1.0, "num_ftrs": 32, "out_dim": 128}


COMMANDS = [
    "remove_exact_duplicates=True enable_corruptness_check=True stopping_condition.n_samples=0.3",
    "enable_training=True",
    "stopping_condition.n_samples=0.3 enable_training=True checkpoint=lightly_epoch_99.ckpt",
    "remove_exact_duplicates=True stopping_condition.n_samples=0.3 enable_training=True lightly.trainer.max_epochs=10 "
    "lightly.collate.input_size=64 lightly.loader.batch_size=256 lightly.trainer.precision=16 "
    "lightly.model.name=resnet-101",
    "enable_corruptness_check=False stopping_condition.n_samples=0.3 embeddings=my_embeddings.csv",
    "stopping_condition.n_samples=0.3 dump_dataset=True output_image_format='jpg' output_image_size=640",
    "remove_exact_duplicates=True stopping_condition.n_samples=1.",
    "stopping_condition.n_samples=50'000 stopping_condition.min_distance=0.3 lightly.upload=thumbnails",
    "stopping_condition.n_samples=50'000 lightly.upload=meta lightly.resize=[512,640]",
    "stopping_condition.n_samples=500 enable_corruptness_check=False n_example_images=32",
    "lightly.loader.num_workers=4 stopping_condition.n_samples=1.0 method=coreset enable_training=True",
    "stopping_condition.n_samples=0.1 method=coral enable_training=False dump_dataset=True upload_dataset=False "
    'embeddings=embeddings_al.csv active_learning_score_column_name="al_score" scorer=""',
]


@pytest.mark.parametrize("command", COMMANDS)
def test_documented_commands(command: str) -> None:
    resolve_run(parse_flat_options([*FOLDERS, *command.split()]).named)


@pytest.mark.parametrize(
    ("token", "line"),
    [
        ("upload_report=True", "upload_report=True: there is no platform to upload to; ignored"),
        ("worker.force_start=False", "worker.force_start=False: no worker.worker_id is given; ignored"),
        ("show_video_sampling_timeline=False", "show_video_sampling_timeline=False: videos are not read yet; ignored"),
        ("corruptness_check.corruption_threshold=1", "=1: videos are not read yet; ignored"),
        (
            "datasource.use_redirected_read_url=True",
            "read_url=True: both values do the same. Nothing is read by signed URLs, which end after 7 days, but with "
            "the credentials themselves; those of a role are renewed for as long as a run takes.",
        ),
        ("scorer_config.min_score=0.5", "scorer_config.min_score=0.5: there is no pretagging; ignored"),
        ("object_level.padding=0.1", "object_level.padding=0.1: there is no object level selection; ignored"),
        ("lightly.tag_name=mine", "lightly.tag_name=mine: there is no platform to upload to; ignored"),
    ],
)
def test_what_asks_for_nothing_here_passes_with_a_line(token: str, line: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "winnow")
    assert parse_flat_options([token]).named == {}
    assert len(caplog.messages) == 1
    assert caplog.messages[0].endswith(line)


def test_what_asks_for_nothing_at_all_passes_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "winnow")
    parse_flat_options(["upload_report=False", "worker.force_start=true", "lightly.pre_trained=False", "scorer="])
    assert caplog.messages == []


@pytest.mark.parametrize(
    "token",
    [
        "pretagging=True", "scorer=other", "selected_sequence_length=2",
        "selected_sequence_length=True", "object_level.task_name=yolo",
        "corruptness_check.corruption_threshold=1.5", "corruptness_check.corruption_threshold=-0.1",
        "corruptness_check.corruption_threshold=True", "upload_report=1",
        "scorer_config.frequency_penalty=high", "object_level.padding=-1", "object_level.padding=1e999",
        "lightly.label_dir=x", "lightly.input_dir=x",
    ],
)  # fmt: skip
def test_what_asks_for_something_is_an_error(token: str) -> None:
    key, _, text = token.partition("=")
    with pytest.raises(InputError, match=f"^{key}=.* is not supported yet; leave {key} out or set {key}=") as error:
        parse_flat_options([token])
    assert text in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["True", "true", "TRUE", "tRuE", "yes", "Yes", "on", "'true'", '"True"'])
def test_true_in_any_spelling(text: str) -> None:
    assert parse_flat_options([f"sanity_check={text}"]).sanity_check
    assert parse_flat_options([f"dump_dataset={text}"]).named == {"exported_samples": {"dump_dataset": True}}


@pytest.mark.parametrize("text", ["False", "FALSE", "no", "off"])
def test_false_in_any_spelling(text: str) -> None:
    assert not parse_flat_options([f"sanity_check={text}"]).sanity_check
    assert parse_flat_options([f"dump_dataset={text}"]).named == {"exported_samples": {"dump_dataset": False}}


@pytest.mark.parametrize("text", ["1", "0", "", "null", "truth", "[True]"])
def test_what_is_neither_true_nor_false(text: str) -> None:
    for key in ("sanity_check", "dump_dataset", "datasource.use_redirected_read_url"):
        with pytest.raises(InputError, match=f"^{key}=.*: expected true or false$"):
            parse_flat_options([f"{key}={text}"])


@pytest.mark.parametrize(
    "token",
    [
        "stopping_condition.n_samples = 50'000", "stopping_condition.n_samples=50_000",
        "'stopping_condition.n_samples'=50000",
        '"stopping_condition.n_samples"="50000"', "stopping_condition.n_samples='50000'",
        "+stopping_condition.n_samples=50000",
    ],
)  # fmt: skip
def test_ways_to_write_a_token(token: str) -> None:
    assert resolve(parse_flat_options([token]).named)["selected_samples"].asked == 50_000  # type: ignore[attr-defined]


def test_a_token_of_the_framework_is_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "winnow")
    with pytest.raises(InputError) as error:
        parse_flat_options(["lightly.token=SECRET"])
    assert "SECRET" not in str(error.value) + caplog.text
    with pytest.raises(InputError) as error:
        settings_from_dictionaries(lightly_config={"token": "SECRET"})
    assert "SECRET" not in str(error.value) + caplog.text


ACTIVE_LEARNING: dict[str, Any] = {
    "enable_corruptness_check": True,
    "remove_exact_duplicates": True,
    "enable_training": False,
    "pretagging": False,
    "pretagging_debug": False,
    "method": "coral",
    "stopping_condition": {"n_samples": 0.1, "min_distance": -1},
    "scorer": "object-frequency",
    "scorer_config": {"frequency_penalty": 0.25, "min_score": 0.9},
    "active_learning": {"task_name": "my-task", "score_name": "objectness_least_confidence"},
    "upload_report": True,
}


def test_a_worker_config_for_active_learning() -> None:
    selection: Any = resolve(settings_from_dictionaries(ACTIVE_LEARNING))["selected_samples"]
    assert (selection.method, selection.asked, selection.min_distance) == ("coral", 0.1, None)
    assert selection.active_learning_task_name == "my-task"
    assert selection.active_learning_score_name == "objectness_least_confidence"


def test_the_framework_defaults_as_a_dictionary() -> None:
    strategies = [{"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}]
    worker = {"enable_corruptness_check": True, "remove_exact_duplicates": True, "enable_training": True}
    from_dictionaries = settings_from_dictionaries(worker, {"n_samples": 50, "strategies": strategies}, LIGHTLY_CONFIG)
    settings = resolve_run(with_tokens(from_dictionaries, parse_flat_options(FOLDERS).named))
    assert settings["checkpoint"].training == resolve({})["checkpoint"].training  # type: ignore[attr-defined]
    assert settings["checkpoint"].enable_training is True  # type: ignore[attr-defined]


def test_a_default_of_the_other_generation_stands_beside_strategies() -> None:
    strategies = [{"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}]
    selection = {"n_samples": 50, "strategies": strategies}
    worker = {"active_learning": {"task_name": ""}, "stopping_condition": {"n_samples": -1, "min_distance": -1}}
    assert settings_from_dictionaries(worker, selection)["selected_samples"] == selection
    worker["stopping_condition"]["n_samples"] = 0.1  # type: ignore[assignment]
    with pytest.raises(InputError, match=r"^worker_config.stopping_condition and selection_config exclude each other"):
        settings_from_dictionaries(worker, selection)


def test_a_harmless_key_of_a_dictionary_passes_with_a_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "winnow")
    assert settings_from_dictionaries({"upload_report": True, "cache_size": 1 << 30}) == {}
    assert caplog.messages == [
        "worker_config.upload_report=True: there is no platform to upload to; ignored",
        "worker_config.cache_size=1073741824: files are read in place; ignored",
    ]
