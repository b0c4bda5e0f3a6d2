"""The asset `checkpoint`: the model that embeds, with where its weights come from."""

import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

import polars as pl
from dagster import MetadataValue

from configs.stages.checkpoint import CheckpointConfig
from configs.stages.datapool import DatapoolConfig
from configs.stages.dedup import NormalizationConfig
from configs.stages.embedding import EmbeddingConfig
from configs.stages.input import InputConfig
from resources.datapool import datapool
from resources.datasource import Datasource
from resources.given_checkpoint import given_checkpoint
from resources.home import home
from resources.locks import gpu_locks
from resources.run import Run
from resources.run_folder import RunFolder
from resources.tables import Table
from resources.thumbnail_packs import ThumbnailPacks
from selection_assets.assets.step import Made, Output, step
from selection_assets.stages.datapool.way_of_run import WayOfRun, check_model, pool_model
from selection_assets.stages.models.chosen_model import chosen_model
from selection_assets.stages.models.embedding_model import card_without_loading, load_model
from selection_assets.stages.models.model_choice import is_training
from selection_assets.stages.models.model_row import SCHEMA, model_row, model_source
from selection_assets.stages.reporting.markdown_text import markdown_picture
from selection_assets.stages.reporting.plots.loss_picture import loss_picture
from selection_assets.stages.training.dataset_training import checkpoint_folder, train_on_dataset, training_source
from selection_assets.stages.training.training_result import training_figures

log = logging.getLogger("winnow")


@step("model", {"checkpoint": Output("The model that embeds: name, id, source and file.", {"pytorch"}, "4")})
def checkpoint(
    config: CheckpointConfig,
    samples: InputConfig,
    embedding: EmbeddingConfig,
    normalization: NormalizationConfig,
    pool_config: DatapoolConfig,
    checked_samples: Table,
    thumbnails: Table,
    datapool_members: Table,
    datasource: Datasource,
    run: Run,
    folder: RunFolder,
    thumbnail_packs: ThumbnailPacks,
) -> Made:
    """One row, see `model_row.SCHEMA`. Empty where embeddings are given.

    With enable_training the model is trained on the thumbnails first, unless the same training has been done.
    """
    if samples.embeddings:
        return Made(pl.DataFrame(schema=SCHEMA))
    pool = datapool(datasource, pool_config) if datapool_members.facts["exists"] else None
    way = WayOfRun(samples, config, embedding, normalization)
    choice = chosen_model(config, embedding, pool_config)
    given = given_checkpoint(config, datasource)
    figures: dict[str, Any] = {}
    if is_training(config):
        result = train_on_dataset(
            choice,
            checked_samples.frame,
            thumbnails.frame,
            thumbnail_packs.of(run.dataset, thumbnails).jpegs,
            checkpoint=config,
            embedding=embedding,
            start=given,
            states=home() / "training",
            folder=checkpoint_folder(folder.path, config.training.checkpoint_callback.dirpath),
            gpu_turn=partial(gpu_locks, run_id=run.id, waiting=log.info),
        )
        file = result.folder / result.best
        source = training_source(result, config)
        row = model_row(load_model(choice, file).card, source, file)
        figures = {"training": training_figures(result, source)}
    elif (of_pool := pool_model(pool, way) if pool else None) is not None:
        row = model_row(of_pool.card, f"datapool {pool_config.name}")
    else:
        if config.enable_training:
            log.info("No training: lightly.trainer.max_epochs=0.")
        card = card_without_loading(choice, given, config.seed) or load_model(choice, given, config.seed).card
        row = model_row(card, model_source(card, config))
    if pool:
        check_model(pool, row, way)
    metadata = _for_people(figures["training"], folder) if figures else {}
    return Made(pl.DataFrame([row], schema=SCHEMA), figures=figures, metadata=metadata)


def _for_people(training: Mapping[str, Any], folder: RunFolder) -> dict[str, Any]:
    curve = markdown_picture("loss per epoch", loss_picture(folder.path / "plots", training), "image/png")
    numbers = {name: value for name, value in training.items() if name != "losses"}
    return {"loss_curve": MetadataValue.md(curve), "loss": training["losses"][-1], **numbers}
