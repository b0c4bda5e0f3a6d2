"""The asset `checkpoint`: the model that embeds, with where its weights come from."""

from typing import Any

import polars as pl
from dagster import MaterializeResult, ResourceParam, asset

from configs.stages.checkpoint import CheckpointConfig
from configs.stages.datapool import DatapoolConfig
from configs.stages.input import InputConfig
from resources.datasource import Datasource
from resources.run_folder import RunFolder
from resources.sample_cache import SampleCache
from selection_assets.assets.run_datapool import check_model, existing_datapool, pool_model
from selection_assets.assets.run_model import chosen_model, given_file
from selection_assets.assets.run_training import is_training, run_training, training_metadata
from selection_assets.assets.step import effective, preview, settings_of, step
from selection_assets.partitions import datasets
from selection_assets.stages.models.embedding_model import card_without_loading, load_model
from selection_assets.stages.models.model_row import SCHEMA, model_row, model_source


@asset(
    partitions_def=datasets,
    io_manager_key="tables",
    kinds={"pytorch"},
    code_version="3",
    pool="gpu",
)
def checkpoint(
    config: CheckpointConfig,
    checked_samples: pl.DataFrame,
    thumbnails: pl.DataFrame,
    datasource: ResourceParam[Datasource],
    run_folder: ResourceParam[RunFolder],
    sample_cache: ResourceParam[SampleCache],
) -> MaterializeResult[pl.DataFrame]:
    """One row, see `model_row.SCHEMA`: name, id, source and file of the model. Empty where embeddings are given.

    With enable_training the model is trained on the thumbnails first, unless the same training has been done.
    """
    config = effective(config, run_folder)
    rows: list[dict[str, Any]] = []
    metadata: dict[str, Any] = {}
    with step(run_folder, "checkpoint"):
        if is_training(run_folder):
            choice = chosen_model(run_folder)
            result, source = run_training(choice, checked_samples, thumbnails, datasource, run_folder, sample_cache)
            file = result.folder / result.best
            rows.append(model_row(load_model(choice, file).card, source, file))
            metadata = training_metadata(result, run_folder)
        elif not settings_of(run_folder, InputConfig).embeddings:
            of_pool = pool_model(run_folder, datasource)
            if of_pool is not None:
                rows.append(model_row(of_pool.card, f"datapool {settings_of(run_folder, DatapoolConfig).name}"))
            else:
                choice, given = chosen_model(run_folder), given_file(datasource, run_folder)
                card = card_without_loading(choice, given, config.seed) or load_model(choice, given).card
                rows.append(model_row(card, model_source(card, config)))
        table = pl.DataFrame(rows, schema=SCHEMA)
        pool = existing_datapool(run_folder, datasource)
        if pool and len(table):
            check_model(pool, table.row(0, named=True), run_folder)
    return MaterializeResult(value=table, metadata={"model": preview(table), **metadata})
