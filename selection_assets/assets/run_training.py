"""The training of a run, if it has one: the stage `dataset_training` with the settings and folders of the run."""

import base64
import logging
from functools import partial
from typing import Any

import polars as pl
from dagster import MetadataValue

from configs.errors import InputError
from configs.stages.checkpoint import CheckpointConfig
from configs.stages.datapool import DatapoolConfig
from configs.stages.embedding import EmbeddingConfig
from configs.stages.input import InputConfig
from resources.datasource import Datasource
from resources.home import home
from resources.run_folder import RunFolder
from resources.sample_cache import SampleCache
from selection_assets.assets.checked_samples import VERDICTS
from selection_assets.assets.run_model import given_file
from selection_assets.assets.step import settings_of
from selection_assets.stages.models import model_choice
from selection_assets.stages.models.model_choice import ModelChoice
from selection_assets.stages.reporting.helper_process import DRAWING
from selection_assets.stages.reporting.plot_training import LOSS_PLOT, draw_loss, loss_note, loss_title
from selection_assets.stages.training.dataset_training import checkpoint_folder, train_on_dataset, training_source
from selection_assets.stages.training.training_result import TrainingResult, training_facts

log = logging.getLogger("winnow")


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
    trains = model_choice.is_training(config)
    if not trains:
        log.info("No training: lightly.trainer.max_epochs=0.")
    return trains


def run_training(
    choice: ModelChoice,
    checked: pl.DataFrame,
    thumbnails: pl.DataFrame,
    datasource: Datasource,
    run_folder: RunFolder,
    cache: SampleCache,
) -> tuple[TrainingResult, str]:
    """The training of the run, and where its weights came from."""
    config = settings_of(run_folder, CheckpointConfig)
    result = train_on_dataset(
        choice,
        checked,
        thumbnails,
        partial(cache.get_many, "thumbnails", VERDICTS),
        checkpoint=config,
        embedding=settings_of(run_folder, EmbeddingConfig),
        start=given_file(datasource, run_folder),
        states=home() / "training",
        folder=checkpoint_folder(run_folder.path, config.training.checkpoint_callback.dirpath),
    )
    return result, training_source(result, config)


def training_metadata(result: TrainingResult, run_folder: RunFolder) -> dict[str, Any]:
    """Figures and the loss curve, for the materialisation."""
    path = run_folder.path / "plots" / f"{LOSS_PLOT}.png"
    losses = [epoch.loss for epoch in result.epochs]
    DRAWING.submit(draw_loss, path, loss_title(losses), loss_note(losses), losses, result.best_epoch).result()
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
        "training": MetadataValue.json(training_facts(result)),
    }
