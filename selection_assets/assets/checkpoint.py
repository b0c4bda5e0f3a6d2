"""The asset `checkpoint`: the model that embeds, with where its weights come from."""

from dataclasses import astuple
from typing import Any

import polars as pl
from dagster import MaterializeResult, ResourceParam, asset

from configs.checkpoint_config import CheckpointConfig
from configs.datapool_config import DatapoolConfig
from configs.input_config import InputConfig
from resources.datasource import Datasource
from resources.run_folder import RunFolder
from resources.sample_cache import SampleCache
from selection_assets.assets.run_datapool import check_model, existing_datapool, pool_model
from selection_assets.assets.run_training import is_training, run_training, training_metadata
from selection_assets.assets.step import effective, preview, settings_of, step
from selection_assets.partitions import datasets
from selection_assets.stages.embedding.architecture import Architecture
from selection_assets.stages.embedding.embedding_model import builtin_weights_name, load_model

SCHEMA = {
    "name": pl.String,
    "width": pl.Float64,
    "num_ftrs": pl.Int64,
    "source": pl.String,
    "weights": pl.String,
    "file": pl.String,  # of a trained model; others are found by the config
}


@asset(
    partitions_def=datasets,
    io_manager_key="tables",
    kinds={"pytorch"},
    code_version="2",
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
    """One row: architecture, source, name (a hash) and file of the weights. Empty where embeddings are given.

    With enable_training the model is trained on the thumbnails first, unless the same training has been done.
    """
    config = effective(config, run_folder)
    rows = []
    metadata: dict[str, Any] = {}
    with step(run_folder, "checkpoint"):
        if is_training(run_folder):
            result, source = run_training(checked_samples, thumbnails, datasource, run_folder, sample_cache)
            architecture = Architecture(config.model.name, config.model.width, config.model.num_ftrs)
            file = result.folder / result.best
            rows.append((*astuple(architecture), source, load_model(architecture, file).weights, str(file)))
            metadata = training_metadata(result, run_folder)
        elif not settings_of(run_folder, InputConfig).embeddings:
            architecture = Architecture(config.model.name, config.model.width, config.model.num_ftrs)
            of_pool = pool_model(run_folder, datasource)
            if of_pool is not None:
                architecture, weights = of_pool.architecture, of_pool.weights
                source = f"datapool {settings_of(run_folder, DatapoolConfig).name}"
            elif config.checkpoint:
                given = datasource.shared_file("checkpoint", config.checkpoint)
                source, weights = config.checkpoint, load_model(architecture, given).weights
            else:
                source, weights = "built-in", builtin_weights_name(config.seed)
            rows.append((*astuple(architecture), source, weights, None))
        table = pl.DataFrame(rows, schema=SCHEMA, orient="row")
        pool = existing_datapool(run_folder, datasource)
        if pool and len(table):
            check_model(pool, table.row(0, named=True), run_folder)
    return MaterializeResult(value=table, metadata={"model": preview(table), **metadata})
