"""The training of a run, if it has one: which images, where its state lies, and what the user gets of it.

Training itself is the stage `training`; the asset `checkpoint` calls this.
"""

import base64
import hashlib
import logging
import os
import shutil
import tempfile
import time
from dataclasses import astuple
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
from dagster import MetadataValue

from configs.errors import InputError
from configs.run_settings import plain
from configs.stages.checkpoint import CheckpointConfig
from configs.stages.datapool import DatapoolConfig
from configs.stages.embedding import EmbeddingConfig
from configs.stages.input import InputConfig
from resources.atomic_file import atomic_path
from resources.datasource import Datasource
from resources.home import home
from resources.run_folder import RunFolder
from resources.sample_cache import SampleCache
from selection_assets.assets.checked_samples import VERDICTS
from selection_assets.assets.step import settings_of
from selection_assets.stages.models.model_choice import ModelChoice
from selection_assets.stages.reporting.helper_process import DRAWING
from selection_assets.stages.reporting.plots.plot import draw_into
from selection_assets.stages.reporting.plots.training_loss import LOSS_PLOT, draw_loss, loss_note, loss_title
from selection_assets.stages.training.training_result import TrainingResult, kept_checkpoints, training_key

log = logging.getLogger("winnow")

KEPT_DAYS = 30
SHOWN_ALONE = ("checkpoint_callback", "summary_callback")  # groups of keys that do not change the weights


def is_training(run_folder: RunFolder) -> bool:
    """Whether the run trains. Raises InputError where it asks for something that excludes training."""
    config = settings_of(run_folder, CheckpointConfig)
    if not config.enable_training:
        return False
    if settings_of(run_folder, InputConfig).embeddings:
        raise InputError(
            "enable_training=True and embeddings=… exclude each other: training needs images; leave one of them out"
        )
    if settings_of(run_folder, DatapoolConfig).name:
        raise InputError(
            "enable_training=True and datapool.name=… exclude each other: the model that made the datapool embeds; "
            "leave one of them out"
        )
    if config.training.trainer.max_epochs == 0:
        log.info("No training: lightly.trainer.max_epochs=0.")
        return False
    return True


def run_training(
    choice: ModelChoice,
    checked: pl.DataFrame,
    thumbnails: pl.DataFrame,
    datasource: Datasource,
    run_folder: RunFolder,
    cache: SampleCache,
) -> tuple[TrainingResult, str]:
    """Train on all healthy samples, or take the training that has been done; with where its weights came from.

    The checkpoints that were asked for are in the run folder afterwards.
    """
    from selection_assets.stages.training.train import choose_hardware, train

    config, embedding = settings_of(run_folder, CheckpointConfig), settings_of(run_folder, EmbeddingConfig)
    start = datasource.shared_file("checkpoint", config.checkpoint) if config.checkpoint else None
    samples = (
        checked.filter("healthy")
        .select("filename", "content_key", short=pl.min_horizontal("width", "height"))
        .join(thumbnails.select("filename", "width", "height"), on="filename", how="left", maintain_order="left")
    )
    architecture, input_size = choice.architecture, choice.input_size
    assert architecture is not None and input_size is not None  # only ResNets can be trained
    _warn_of_small_thumbnails(samples, input_size)
    hardware = choose_hardware(embedding.trainer.gpus)
    folder = _checkpoint_folder(run_folder, config.training.checkpoint_callback.dirpath)
    keys = samples["content_key"].to_list()
    # What is only shown, and where files go, trains no other model; `save_top_k` decides what is there afterwards.
    training = {group: value for group, value in plain(config.training).items() if group not in SHOWN_ALONE}
    key = training_key(
        {
            "model": [*astuple(architecture), config.model.out_dim],
            "training": training,
            "save_top_k": config.training.checkpoint_callback.save_top_k,
            "batch_size": embedding.loader.batch_size,
            "input_size": input_size,
            "seed": config.seed,
            "start": _digest(start) if start else None,
            "hardware": [hardware.accelerator, hardware.devices],
        },
        keys,
    )
    log.info("Training self-supervised model.")
    result = train(
        keys,
        samples.select("width", "height").to_numpy(),
        partial(cache.get_many, "thumbnails", VERDICTS),
        state_folder(key),
        architecture=architecture,
        config=config.training,
        out_dim=config.model.out_dim,
        batch_size=embedding.loader.batch_size,
        num_workers=embedding.loader.num_workers,
        input_size=input_size,
        seed=config.seed,
        start=start,
        hardware=hardware,
    )
    for file in kept_checkpoints(result, config.training.checkpoint_callback.save_last):
        with atomic_path(folder / file.name) as temporary:
            shutil.copyfile(file, temporary)
    log.info("The model of epoch %d embeds: %s", result.best_epoch, folder / result.best)
    return result, f"trained on {result.images} images, starting from {config.checkpoint or 'random weights'}"


def state_folder(key: str) -> Path:
    """Where the state of a training lies, so that a killed one goes on and a finished one is not repeated. What no run
    has asked for in `KEPT_DAYS` days is removed."""
    folder = home() / "training" / key
    folder.mkdir(parents=True, exist_ok=True)
    os.utime(folder)
    for other in folder.parent.iterdir():
        if time.time() - other.stat().st_mtime > KEPT_DAYS * 86400:
            shutil.rmtree(other, ignore_errors=True)
    return folder


def training_metadata(result: TrainingResult, run_folder: RunFolder) -> dict[str, Any]:
    """Figures and the loss curve, for the materialisation."""
    path = run_folder.path / "plots" / f"{LOSS_PLOT}.png"
    losses = [epoch.loss for epoch in result.epochs]
    DRAWING.submit(
        draw_into, path, draw_loss, loss_title(losses), loss_note(losses), losses, result.best_epoch
    ).result()
    picture = base64.b64encode(path.read_bytes()).decode()
    return {
        "loss_curve": MetadataValue.md(f"![loss per epoch](data:image/png;base64,{picture})"),
        "loss": losses[-1],
        "epochs": len(losses),
        "best_epoch": result.best_epoch,
        "images": result.images,
        "images_per_second": result.images_per_second,
        "loading_share": result.loading_share,
        "seconds": result.seconds,
        "device": result.device,
        "state_folder": MetadataValue.path(result.folder),
    }


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


def _checkpoint_folder(run_folder: RunFolder, dirpath: str) -> Path:
    if ".." in Path(dirpath).parts:
        raise InputError(f"lightly.checkpoint_callback.dirpath={dirpath} must not hold '..'; give a path without it")
    folder = run_folder.path / Path(dirpath).expanduser()  # an absolute path replaces the run folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()  # raises where no file can be made
    except OSError as error:
        raise InputError(
            f"lightly.checkpoint_callback.dirpath={dirpath}: no checkpoint can be written there ({error.strerror}); "
            "name another folder, or leave it out for the run folder"
        ) from error
    return folder


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
