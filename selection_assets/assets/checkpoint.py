"""The asset `checkpoint`: the model that embeds, with where its weights come from."""

import polars as pl
from dagster import MaterializeResult, ResourceParam, asset

from configs.checkpoint_config import CheckpointConfig
from configs.input_config import InputConfig
from resources.datasource import Datasource
from resources.run_folder import RunFolder
from selection_assets.assets.step import effective, preview, settings_of, step
from selection_assets.partitions import datasets
from selection_assets.stages.embedding.architecture import Architecture
from selection_assets.stages.embedding.embedding_model import builtin_weights_name, load_model


@asset(
    partitions_def=datasets,
    io_manager_key="tables",
    kinds={"pytorch"},
    code_version="1",
)
def checkpoint(
    config: CheckpointConfig, datasource: ResourceParam[Datasource], run_folder: ResourceParam[RunFolder]
) -> MaterializeResult[pl.DataFrame]:
    """One row: architecture, source and name (a hash) of the weights. Empty where embeddings are given.

    A given checkpoint is loaded here once, so that one that does not fit ends the run before images are read.
    """
    config = effective(config, run_folder)
    schema = {"name": pl.String, "width": pl.Float64, "num_ftrs": pl.Int64, "source": pl.String, "weights": pl.String}
    rows = []
    with step(run_folder, "checkpoint"):
        if not settings_of(run_folder, InputConfig).embeddings:
            architecture = Architecture(config.model.name, config.model.width, config.model.num_ftrs)
            if config.checkpoint:
                file = datasource.shared_file("checkpoint", config.checkpoint)
                source, weights = config.checkpoint, load_model(architecture, file).weights
            else:
                source, weights = "built-in", builtin_weights_name(config.seed)
            rows.append((architecture.name, architecture.width, architecture.num_ftrs, source, weights))
        table = pl.DataFrame(rows, schema=schema, orient="row")
    return MaterializeResult(value=table, metadata={"model": preview(table)})
