"""The asset `normalized_embeddings`: the vectors that selection measures distances between."""

import logging
from collections.abc import Iterator

import polars as pl
from dagster import MaterializeResult, ResourceParam, asset

from configs.stages.dedup import NormalizationConfig
from resources.run_folder import RunFolder
from selection_assets.assets.step import effective, preview, step
from selection_assets.checks import UNIT_NORMS, unit_norms
from selection_assets.partitions import datasets
from selection_assets.stages.dedup.normalize import normalize_rows
from selection_assets.stages.samples.embeddings_csv import write_embeddings_csv

log = logging.getLogger("winnow")


@asset(
    partitions_def=datasets,
    check_specs=[UNIT_NORMS],
    io_manager_key="tables",
    kinds={"numpy"},
    code_version="1",
)
def normalized_embeddings(
    config: NormalizationConfig,
    embeddings: pl.DataFrame,
    dedup_sets: pl.DataFrame,
    run_folder: ResourceParam[RunFolder],
) -> Iterator[MaterializeResult[pl.DataFrame]]:
    """The unique samples with unit vectors; with the vectors as they are where normalize_embeddings=False."""
    config = effective(config, run_folder)
    with step(run_folder, "normalized_embeddings"):
        table = embeddings.filter(dedup_sets["kept"])
        if config.normalize_embeddings:
            log.info("Normalizing embeddings to unit length (disable with normalize_embeddings=False).")
            unit = normalize_rows(table["embedding"].to_numpy())
            table = table.with_columns(embedding=pl.Series(unit, dtype=table.schema["embedding"]))
            path = run_folder.path / "data" / "normalized_embeddings.csv"
            write_embeddings_csv(path, table["filename"], unit, table["label_number"])
            log.info("Normalized embeddings are stored in %s", path)
    yield MaterializeResult(
        value=table, check_results=[unit_norms(table, config)], metadata={"preview": preview(table)}
    )
