"""Options of the old products that this version does not support yet.

Old scripts may still pass them with a value that asks for nothing; any other value is an error that says so. An option
leaves this table when it is built.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class UnsupportedOption:
    """An option that is known, its neutral values (the first is shown as default), and what it would do."""

    key: str
    neutral: tuple[Any, ...]
    capability: str


UNSUPPORTED = {
    option.key: option
    for option in (
        UnsupportedOption("worker_id", ("", None), "registering as a worker"),
        UnsupportedOption("worker.worker_id", ("", None), "registering as a worker"),
        UnsupportedOption("worker.force_start", (True,), "registering as a worker"),
        UnsupportedOption("corruptness_check.corruption_threshold", (0.1,), "video input"),
        UnsupportedOption("upload_dataset", (False,), "uploading to a platform"),
        UnsupportedOption("upload_report", (False,), "uploading to a platform"),
        UnsupportedOption("pretagging", (False,), "pretagging"),
        UnsupportedOption("pretagging_debug", (False,), "pretagging"),
        UnsupportedOption("pretagging_config", ("", None), "pretagging"),
        UnsupportedOption("pretagging_upload", (False,), "pretagging"),
        UnsupportedOption("scorer", ("", "object-frequency", None), "scores from pretagging predictions"),
        UnsupportedOption("scorer_config.frequency_penalty", (0.25,), "scores from pretagging predictions"),
        UnsupportedOption("scorer_config.min_score", (0.9,), "scores from pretagging predictions"),
        UnsupportedOption("selected_sequence_length", (1,), "sequence selection"),
        UnsupportedOption("datapool.dataset_id", (None, ""), "a datapool hosted on a platform"),
        UnsupportedOption("datasource.dataset_id", (None, ""), "bucket input"),
        UnsupportedOption("datasource.process_all", (False,), "bucket input"),
        UnsupportedOption("datasource.use_frame_count_metadata", (False,), "video input"),
        UnsupportedOption("datasource.use_redirected_read_url", (False,), "bucket input"),
        UnsupportedOption("datasource.bypass_verify", (False,), "bucket input"),
        UnsupportedOption("object_level.task_name", ("", None), "object level selection"),
        UnsupportedOption("object_level.crop_dataset_name", ("", None), "object level selection"),
        UnsupportedOption("object_level.padding", (0.0,), "object level selection"),
        UnsupportedOption("show_video_sampling_timeline", (True,), "video input"),
        UnsupportedOption("lightly.upload", ("full",), "uploading to a platform"),
        UnsupportedOption("lightly.resize", (-1,), "uploading to a platform"),
        UnsupportedOption("lightly.pre_trained", (True, False), "the model zoo of the lightly package"),
    )
}

# Keys that only the dictionaries of the second generation have: `worker_config`, and `selection_config`.
UNSUPPORTED_WORKER = {
    option.key: option
    for option in (
        UnsupportedOption("datasource.input_expiration", (None,), "bucket input"),
        UnsupportedOption("checkpoint_run_id", (None, ""), "a checkpoint stored with a run"),
        UnsupportedOption("use_datapool", (False,), "a datapool hosted on a platform"),
        UnsupportedOption("training.task_name", (None, ""), "training on the objects of a task"),
        UnsupportedOption("num_processes", (-1,), "a fixed number of processes"),
        UnsupportedOption("num_threads", (-1,), "a fixed number of threads"),
        UnsupportedOption("shutdown_when_job_finished", (False,), "registering as a worker"),
    )
}
UNSUPPORTED_SELECTION = {
    option.key: option
    for option in (
        UnsupportedOption("lightly_path_regex", (None, ""), "metadata from file names"),
        UnsupportedOption("auto_tasks", (None, []), "tiling of images"),
    )
}
