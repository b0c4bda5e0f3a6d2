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
        UnsupportedOption("enable_training", (False,), "training a self-supervised model"),
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
        UnsupportedOption("active_learning.task_name", ("", None), "selection by predictions"),
        UnsupportedOption("active_learning.score_name", ("uncertainty_margin",), "selection by predictions"),
        UnsupportedOption("selected_sequence_length", (1,), "sequence selection"),
        UnsupportedOption("datapool.name", (None, ""), "datapools"),
        UnsupportedOption("datapool.keep_history", (True,), "datapools"),
        UnsupportedOption("datapool.dataset_id", (None, ""), "datapools"),
        UnsupportedOption("datasource.dataset_id", (None, ""), "bucket input"),
        UnsupportedOption("datasource.process_all", (False,), "bucket input"),
        UnsupportedOption("datasource.enable_datapool_update", (True,), "datapools"),
        UnsupportedOption("datasource.use_frame_count_metadata", (False,), "video input"),
        UnsupportedOption("datasource.use_redirected_read_url", (False,), "bucket input"),
        UnsupportedOption("datasource.bypass_verify", (False,), "bucket input"),
        UnsupportedOption("object_level.task_name", ("", None), "object level selection"),
        UnsupportedOption("object_level.crop_dataset_name", ("", None), "object level selection"),
        UnsupportedOption("object_level.padding", (0.0,), "object level selection"),
        UnsupportedOption("show_video_sampling_timeline", (True,), "video input"),
        UnsupportedOption("lightly.upload", ("full",), "uploading to a platform"),
        UnsupportedOption("lightly.resize", (-1,), "uploading to a platform"),
        UnsupportedOption("lightly.loader.shuffle", (True,), "training a self-supervised model"),
        UnsupportedOption("lightly.loader.drop_last", (True,), "training a self-supervised model"),
        UnsupportedOption("lightly.model.out_dim", (128,), "training a self-supervised model"),
        UnsupportedOption("lightly.trainer.max_epochs", (100, 0), "training a self-supervised model"),
        UnsupportedOption("lightly.trainer.precision", (32,), "training a self-supervised model"),
        UnsupportedOption("lightly.trainer.enable_model_summary", (True,), "training a self-supervised model"),
        UnsupportedOption("lightly.trainer.weights_summary", (None,), "training a self-supervised model"),
        UnsupportedOption("lightly.criterion.temperature", (0.5,), "training a self-supervised model"),
        UnsupportedOption("lightly.criterion.memory_bank_size", (0,), "training a self-supervised model"),
        UnsupportedOption("lightly.optimizer.lr", (1,), "training a self-supervised model"),
        UnsupportedOption("lightly.optimizer.weight_decay", (0.00001,), "training a self-supervised model"),
        UnsupportedOption("lightly.collate.cj_prob", (0.8,), "training a self-supervised model"),
        UnsupportedOption("lightly.collate.cj_bright", (0.7,), "training a self-supervised model"),
        UnsupportedOption("lightly.collate.cj_contrast", (0.7,), "training a self-supervised model"),
        UnsupportedOption("lightly.collate.cj_sat", (0.7,), "training a self-supervised model"),
        UnsupportedOption("lightly.collate.cj_hue", (0.2,), "training a self-supervised model"),
        UnsupportedOption("lightly.collate.min_scale", (0.15,), "training a self-supervised model"),
        UnsupportedOption("lightly.collate.random_gray_scale", (0.2,), "training a self-supervised model"),
        UnsupportedOption("lightly.collate.gaussian_blur", (0.5,), "training a self-supervised model"),
        UnsupportedOption("lightly.collate.kernel_size", (0.1, None), "training a self-supervised model"),
        UnsupportedOption("lightly.collate.vf_prob", (0,), "training a self-supervised model"),
        UnsupportedOption("lightly.collate.hf_prob", (0.5,), "training a self-supervised model"),
        UnsupportedOption("lightly.collate.rr_prob", (0,), "training a self-supervised model"),
        UnsupportedOption("lightly.collate.rr_degrees", (None,), "training a self-supervised model"),
        UnsupportedOption("lightly.checkpoint_callback.save_last", (True,), "training a self-supervised model"),
        UnsupportedOption("lightly.checkpoint_callback.save_top_k", (1,), "training a self-supervised model"),
        UnsupportedOption("lightly.checkpoint_callback.dirpath", (None,), "training a self-supervised model"),
        UnsupportedOption("lightly.summary_callback.max_depth", (1,), "training a self-supervised model"),
        UnsupportedOption("lightly.pre_trained", (True, False), "the model zoo of the lightly package"),
    )
}
