"""The asset `datapool_members`: the members of the datapool before this run adds any; they count as selected."""

import logging

import polars as pl

from configs.stages.checkpoint import CheckpointConfig
from configs.stages.datapool import DatapoolConfig
from configs.stages.dedup import NormalizationConfig
from configs.stages.embedding import EmbeddingConfig
from configs.stages.input import InputConfig
from resources.datapool import datapool
from resources.datasource import Datasource
from selection_assets.assets.step import Made, Output, step
from selection_assets.stages.datapool.pool_settings import read_settings
from selection_assets.stages.datapool.way_of_run import WayOfRun, check_before, pool_members

log = logging.getLogger("winnow")

SCHEMA = pl.Schema(
    {
        "filename": pl.String(),
        "label": pl.String(),
        "label_number": pl.Int64(),
        "embedding": pl.Array(pl.Float32, 1),
    }
)


@step("datapool", {"datapool_members": Output("Members of the datapool before this run; empty without one.", {"csv"})})
def datapool_members(
    pool_config: DatapoolConfig,
    samples: InputConfig,
    checkpoint: CheckpointConfig,
    embedding: EmbeddingConfig,
    normalization: NormalizationConfig,
    datasource: Datasource,
) -> Made:
    """filename, label, embedding of every member; facts tell whether the datapool exists, and how it was made."""
    if not pool_config.name:
        return Made(pl.DataFrame(schema=SCHEMA), facts={"exists": False})
    pool = datapool(datasource, pool_config)
    if pool_config.enable_datapool_update:
        pool.check_writable()
    if not pool.exists:
        if not pool_config.enable_datapool_update:
            log.warning(
                "There is no datapool %s yet, and datasource.enable_datapool_update=False: none is made.", pool.name
            )
        return Made(pl.DataFrame(schema=SCHEMA), facts={"exists": False})
    way = WayOfRun(samples, checkpoint, embedding, normalization)
    file = datasource.shared_file("embeddings", samples.embeddings) if samples.embeddings else None
    check_before(pool, way, file)
    made = read_settings(pool.settings)
    return Made(
        pool_members(pool, made, normalization),
        facts={"exists": True, "settings": made.model_dump(mode="json") if made else None},
    )
