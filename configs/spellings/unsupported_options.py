"""Options of the old products that this version does not have, in one list.

Old scripts may pass them: with a neutral value, which asks for nothing, and without a word; with a value that asks for
nothing here, and a line that says why; any other value is an error. An option leaves the list when it is built.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any

from configs.option import is_number


def _never(_: Any) -> bool:
    return False


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _share(value: Any) -> bool:
    return is_number(value) and 0 <= value <= 1


def _size(value: Any) -> bool:
    return is_number(value) and value >= 0 and isfinite(value)


@dataclass(frozen=True)
class UnsupportedOption:
    """An option that is known, its neutral values (the first is shown as default), and what it would do.

    harmless: which other values ask for nothing either, because `reason`. doors: where it is a key: `flat` on the
    command line, `worker` in `worker_config`, `selection` in `selection_config`.
    """

    key: str
    neutral: tuple[Any, ...]
    capability: str
    harmless: Callable[[Any], bool] = _never
    reason: str = ""
    doors: tuple[str, ...] = ("flat",)

    def is_neutral(self, value: Any) -> bool:
        """Whether `value` asks for nothing; True is not 1."""
        return any(value == each and isinstance(value, bool) == isinstance(each, bool) for each in self.neutral)


BOTH = ("flat", "worker")
WORKER = ("worker",)
VIDEO, UPLOAD = "video input", "uploading to a platform"
NO_VIDEO = "videos are not read yet"
NO_PLATFORM = "there is no platform to upload to"
NO_PRETAGGING = "there is no pretagging"
NO_OBJECTS = "there is no object level selection"

KNOWN = (
    UnsupportedOption("corruptness_check.corruption_threshold", (0.1,), VIDEO, _share, NO_VIDEO, BOTH),
    UnsupportedOption("upload_report", (False,), UPLOAD, _flag, NO_PLATFORM, BOTH),
    UnsupportedOption("pretagging", (False,), "pretagging", doors=BOTH),
    UnsupportedOption("pretagging_debug", (False,), "pretagging", _flag, NO_PRETAGGING, BOTH),
    UnsupportedOption("pretagging_config", ("", None), "pretagging"),
    UnsupportedOption("pretagging_upload", (False,), "pretagging", _flag, NO_PRETAGGING, BOTH),
    UnsupportedOption("scorer", ("", "object-frequency", None), "scores from pretagging predictions", doors=BOTH),
    UnsupportedOption("scorer_config.frequency_penalty", (0.25,), "pretagging", _share, NO_PRETAGGING, BOTH),
    UnsupportedOption("scorer_config.min_score", (0.9,), "pretagging", _share, NO_PRETAGGING, BOTH),
    UnsupportedOption("selected_sequence_length", (1,), "sequence selection", doors=BOTH),
    UnsupportedOption("datasource.use_frame_count_metadata", (False,), VIDEO, _flag, NO_VIDEO),
    UnsupportedOption("object_level.task_name", ("", None), "object level selection", doors=BOTH),
    UnsupportedOption("object_level.crop_dataset_name", ("", None), "object level selection", _text, NO_OBJECTS, BOTH),
    UnsupportedOption("object_level.padding", (0.0,), "object level selection", _size, NO_OBJECTS, BOTH),
    UnsupportedOption("show_video_sampling_timeline", (True,), VIDEO, _flag, NO_VIDEO),
    UnsupportedOption("lightly.pre_trained", (True, False), "the model zoo of the lightly package"),
    UnsupportedOption("lightly.crop_padding", (0.1,), "cutting out objects", _size, "no objects are cut out"),
    UnsupportedOption("lightly.append", (False,), UPLOAD, _flag, NO_PLATFORM),
    UnsupportedOption("lightly.tag_name", ("initial-tag", "", None), "tags of a platform", _text, NO_PLATFORM),
    UnsupportedOption("lightly.exclude_parent_tag", (False,), "tags of a platform", _flag, NO_PLATFORM),
    UnsupportedOption("lightly.embedding_name", ("default", "", None), UPLOAD, _text, NO_PLATFORM),
    UnsupportedOption("lightly.emb_upload_bsz", (32,), UPLOAD, _size, NO_PLATFORM),
    UnsupportedOption("lightly.custom_metadata", ("", None), UPLOAD),
    UnsupportedOption("lightly.label_dir", ("", None), "labels of objects"),
    UnsupportedOption("lightly.label_names_file", ("", None), "labels of objects"),
    *(
        UnsupportedOption(f"lightly.{key}", ("", None), f"{key} in the group lightly.")
        for key in ("input_dir", "output_dir", "embeddings", "checkpoint", "token")
    ),
    UnsupportedOption("training.task_name", (None, ""), "training on the objects of a task", doors=WORKER),
    UnsupportedOption("num_processes", (-1,), "a fixed number of processes", doors=WORKER),
    UnsupportedOption("num_threads", (-1,), "a fixed number of threads", doors=WORKER),
    UnsupportedOption(
        "shutdown_when_job_finished", (False,), "ending the worker", _flag, "only a worker that has joined ends", WORKER
    ),
    UnsupportedOption("cache_size", (None, 0, -1), "a cache of this size", _size, "files are read in place", WORKER),
    UnsupportedOption("crops.enable_upload", (True, False), UPLOAD, doors=WORKER),
    UnsupportedOption("crops.enable_upload_for_tasks", (None, []), UPLOAD, doors=WORKER),
    UnsupportedOption("lightly_path_regex", (None, ""), "metadata from file names", doors=("selection",)),
    UnsupportedOption("auto_tasks", (None, []), "tiling of images", doors=("selection",)),
)


def _of(door: str) -> dict[str, UnsupportedOption]:
    return {option.key: option for option in KNOWN if door in option.doors}


UNSUPPORTED, UNSUPPORTED_WORKER, UNSUPPORTED_SELECTION = _of("flat"), _of("worker"), _of("selection")
