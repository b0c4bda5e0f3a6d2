"""The asset `normalized_embeddings`: the vectors that selection measures distances between."""

import logging

import polars as pl

from configs.stages.dedup import NormalizationConfig
from resources.run_folder import RunFolder
from resources.tables import Table
from selection_assets.assets.step import Made, Output, step
from selection_assets.checks import UNIT_NORMS, unit_norms
from selection_assets.stages.dedup.normalize import normalize_rows
from selection_assets.stages.samples.embeddings_csv import write_embeddings_csv

log = logging.getLogger("winnow")


@step(
    "embedding",
    {"normalized_embeddings": Output("The unique samples with the vectors between which distances count.", {"numpy"})},
    checks=[UNIT_NORMS],
)
def normalized_embeddings(config: NormalizationConfig, embeddings: Table, dedup_sets: Table, folder: RunFolder) -> Made:
    """Unit vectors; the vectors as they are where normalize_embeddings=False."""
    unique = dedup_sets.frame.filter("kept").select("filename")
    frame = embeddings.frame.join(unique, on="filename", how="semi", maintain_order="left")
    if config.normalize_embeddings:
        log.info("Normalizing embeddings to unit length (disable with normalize_embeddings=False).")
        unit = normalize_rows(frame["embedding"].to_numpy())
        frame = frame.with_columns(embedding=pl.Series(unit, dtype=frame.schema["embedding"]))
        path = folder.path / "data" / "normalized_embeddings.csv"
        write_embeddings_csv(path, frame["filename"], unit, frame["label_number"])
        log.info("Normalized embeddings are stored in %s", folder.place(path))
    return Made(frame, checks=[unit_norms(frame, config)])
