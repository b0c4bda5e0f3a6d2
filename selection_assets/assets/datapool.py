"""The asset `datapool`: the samples selected so far, to which a run that went well adds its own."""

import logging

import polars as pl
from dagster import MetadataValue

from configs.stages.checkpoint import CheckpointConfig
from configs.stages.datapool import DatapoolConfig
from configs.stages.dedup import NormalizationConfig
from configs.stages.embedding import EmbeddingConfig
from configs.stages.input import InputConfig
from resources.datapool import datapool as datapool_of
from resources.datasource import Datasource
from resources.given_checkpoint import given_checkpoint
from resources.tables import Table
from selection_assets.assets.exported_samples import exported_samples
from selection_assets.assets.report import report
from selection_assets.assets.step import Made, Output, step
from selection_assets.stages.datapool.add_members import SCHEMA, NewPool, PoolChange, add_members
from selection_assets.stages.datapool.way_of_run import WayOfRun, pool_members
from selection_assets.stages.models.model_row import load_model_of, row_of
from selection_assets.stages.samples.label_numbers import label_numbers
from selection_assets.stages.selection.outcome import PRESELECTED, SELECTED

log = logging.getLogger("winnow")


@step(
    "datapool",
    {"datapool": Output("Every member of the datapool, and whether this run added it.", {"csv"})},
    deps=[exported_samples, report],  # last of all: only a run that went well adds to the datapool
)
def datapool(
    config: DatapoolConfig,
    samples: InputConfig,
    checkpoint_config: CheckpointConfig,
    embedding: EmbeddingConfig,
    normalization: NormalizationConfig,
    checked_samples: Table,
    checkpoint: Table,
    embeddings: Table,
    selected_samples: Table,
    datasource: Datasource,
) -> Made:
    """Empty where datapool.name is not set. A member is not added again, so this step may run any number of times."""
    pool = datapool_of(datasource, config) if config.name else None
    if pool is None or not (config.enable_datapool_update or pool.exists):
        return Made(pl.DataFrame(schema=SCHEMA), metadata={"datapool": "none"})
    vectors = embeddings.frame.select("filename", "label", "embedding", "datapool")
    kept = selected_samples.frame.filter(pl.col("status").is_in([SELECTED, PRESELECTED])).select("filename")
    kept = kept.join(vectors.filter(~pl.col("datapool")), on="filename", maintain_order="left").drop("datapool")
    row = row_of(checkpoint.frame)
    if config.enable_datapool_update:
        new = NewPool(
            row,
            lambda: load_model_of(row or {}, given_checkpoint(checkpoint_config, datasource), checkpoint_config.seed),
            label_numbers(checked_samples.frame),
        )
        way = WayOfRun(samples, checkpoint_config, embedding, normalization)
        change = add_members(pool, kept, vectors.filter("datapool"), way, new, keep_history=config.keep_history)
        total = len(change.members) + len(change.added)
        log.info("Datapool %s holds %d samples, %d of them new: %s", pool.name, total, len(change.added), pool.place)
    else:
        change = PoolChange(pool_members(pool, None, normalization), kept.clear(), None)
        log.info("Datapool %s stays as it is (datasource.enable_datapool_update=False).", pool.name)
    frame = change.table
    return Made(
        frame,
        metadata={
            "size_before": len(change.members),
            "added": len(change.added),
            "size_after": len(frame),
            "csv": MetadataValue.path(pool.place),
            "history_file": MetadataValue.path(change.history) if change.history else "none",
        },
        preview=frame.reverse(),
    )
