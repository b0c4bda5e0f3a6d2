"""The training of a dataset: on which images, under which key its state is kept, and what the user gets of it.

Training itself is `train`. Where states and checkpoints lie, and how thumbnails are had, the caller says.
"""

import hashlib
import logging
import os
import shutil
import tempfile
import time
from dataclasses import astuple
from pathlib import Path

import polars as pl

from configs.errors import InputError
from configs.stages.checkpoint import CheckpointConfig
from configs.stages.embedding import EmbeddingConfig
from selection_assets.stages.models.gpus import GpuTurn, at_once, gpu_names
from selection_assets.stages.models.model_choice import ModelChoice
from selection_assets.stages.training.checkpoint_copies import copy_checkpoints
from selection_assets.stages.training.hardware import Hardware, choose_hardware
from selection_assets.stages.training.training_result import TrainingResult, training_key
from selection_assets.stages.training.view_batches import Pictures

log = logging.getLogger("winnow")

KEPT_DAYS = 30
SHOWN_ALONE = {"checkpoint_callback", "summary_callback"}  # groups of keys that do not change the weights


def train_on_dataset(
    choice: ModelChoice,
    checked_samples: pl.DataFrame,
    thumbnail_sizes: pl.DataFrame,
    read_thumbnails: Pictures,
    *,
    checkpoint: CheckpointConfig,
    embedding: EmbeddingConfig,
    start: Path | None,
    states: Path,
    folder: Path,
    gpu_turn: GpuTurn = at_once,
) -> TrainingResult:
    """Train on all healthy samples, or take the training that has been done.

    Args:
        choice: a ResNet.
        checked_samples: filename, content_key, width, height, healthy.
        thumbnail_sizes: filename, width, height of the samples' thumbnails.
        read_thumbnails: content keys -> JPEGs; called from threads, and pickled where several GPUs train.
        start: the file of the option `checkpoint`, whose weights are trained further.
        states: folder with the state of every training, in a folder of its own each.
        folder: where the user gets the checkpoints.
        gpu_turn: entered while GPUs train.

    Raises InputError as `train` does.
    """
    from selection_assets.stages.training.train import train

    samples = training_samples(checked_samples, thumbnail_sizes)
    assert choice.architecture is not None  # only ResNets can be trained
    assert choice.input_size is not None
    _warn_of_small_thumbnails(samples, choice.input_size)
    hardware = choose_hardware(embedding.trainer.gpus)
    keys = samples["content_key"].to_list()
    key = dataset_training_key(choice, keys, checkpoint=checkpoint, embedding=embedding, start=start, hardware=hardware)
    log.info("Training self-supervised model.")
    with gpu_turn(gpu_names(embedding.trainer.gpus)):
        result = train(
            keys,
            samples.select("width", "height").to_numpy(),
            read_thumbnails,
            state_folder(states, key),
            architecture=choice.architecture,
            config=checkpoint.training,
            out_dim=checkpoint.model.out_dim,
            batch_size=embedding.loader.batch_size,
            num_workers=embedding.loader.num_workers,
            input_size=choice.input_size,
            seed=checkpoint.seed,
            start=start,
            hardware=hardware,
        )
    log.info("Saving latest checkpoint...")
    copy_checkpoints(result, folder, checkpoint.training.checkpoint_callback.save_last)
    log.info("The model of epoch %d embeds: %s", result.best_epoch, folder / result.best)
    return result


def training_samples(checked_samples: pl.DataFrame, thumbnail_sizes: pl.DataFrame) -> pl.DataFrame:
    """Healthy samples in their order: filename, content_key, short (shorter side of the image), and width and height of
    the thumbnail."""
    healthy = checked_samples.filter("healthy")
    return healthy.select("filename", "content_key", short=pl.min_horizontal("width", "height")).join(
        thumbnail_sizes.select("filename", "width", "height"), on="filename", how="left", maintain_order="left"
    )


def dataset_training_key(
    choice: ModelChoice,
    content_keys: list[str],
    *,
    checkpoint: CheckpointConfig,
    embedding: EmbeddingConfig,
    start: Path | None,
    hardware: Hardware,
) -> str:
    """Of all that changes the weights, and of which files are there afterwards. What is only shown, and where files go,
    trains no other model; another number of threads does (see `Hardware`)."""
    assert choice.architecture is not None
    return training_key(
        {
            "model": [*astuple(choice.architecture), checkpoint.model.out_dim],
            "training": checkpoint.training.model_dump(mode="json", exclude=SHOWN_ALONE),
            "save_top_k": checkpoint.training.checkpoint_callback.save_top_k,
            "batch_size": embedding.loader.batch_size,
            "input_size": choice.input_size,
            "seed": checkpoint.seed,
            "start": _digest(start) if start else None,
            "hardware": [hardware.accelerator, hardware.devices, hardware.threads],
        },
        content_keys,
    )


def training_source(result: TrainingResult, checkpoint: CheckpointConfig) -> str:
    """Where the trained weights come from, for people."""
    return f"trained on {result.images} images, starting from {checkpoint.given or 'random weights'}"


def state_folder(states: Path, key: str) -> Path:
    """Where the state of a training lies, so that a killed one goes on and a finished one is not repeated. What no run
    has asked for in `KEPT_DAYS` days is removed."""
    folder = states / key
    folder.mkdir(parents=True, exist_ok=True)
    os.utime(folder)
    for other in states.iterdir():
        if time.time() - other.stat().st_mtime > KEPT_DAYS * 86400:
            shutil.rmtree(other, ignore_errors=True)
    return folder


def checkpoint_folder(run: Path, dirpath: str) -> Path:
    """The folder for the user's checkpoints: `dirpath` below the folder of the run, or anywhere if it is absolute.

    Raises InputError where no file can be written there.
    """
    if ".." in Path(dirpath).parts:
        raise InputError(f"lightly.checkpoint_callback.dirpath={dirpath} must not hold '..'; give a path without it")
    folder = run / Path(dirpath).expanduser()  # an absolute path replaces the run folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()  # raises where no file can be made
    except OSError as error:
        raise InputError(
            f"lightly.checkpoint_callback.dirpath={dirpath}: no checkpoint can be written there ({error.strerror}); "
            "name another folder, or leave it out for the run folder"
        ) from error
    return folder


def _warn_of_small_thumbnails(samples: pl.DataFrame, input_size: int) -> None:
    thumbnail = pl.min_horizontal("width", "height")
    small = samples.filter((thumbnail < input_size) & (thumbnail < pl.col("short"))).height
    if small:
        log.warning(
            "%d of %d thumbnails are smaller than lightly.collate.input_size=%d and than their images, and training "
            "enlarges them; set corruptness_check.thumbnail_size=%d to train on sharper pictures.",
            small,
            len(samples),
            input_size,
            min(1024, 2 * input_size),
        )


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
