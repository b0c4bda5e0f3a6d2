"""The asset `dedup_sets`: which embedded samples are exact duplicates, and which of each set stays."""

import logging
from functools import partial

import numpy as np
import polars as pl
from dagster import MaterializeResult, ResourceParam, asset

from configs.stages.check import CheckConfig
from configs.stages.dedup import DedupConfig
from configs.stages.input import InputConfig
from resources.datasource import Datasource
from resources.run_folder import RunFolder
from selection_assets.assets.step import effective, preview, settings_of, step
from selection_assets.partitions import datasets
from selection_assets.stages.dedup.equal_pixels import pixel_digests
from selection_assets.stages.dedup.exact_duplicates import exact_duplicates, nothing_removed
from selection_assets.stages.pictures.file_reading import read_regular_file
from selection_assets.stages.pictures.picture_limits import PictureLimits
from selection_assets.stages.samples.embeddings_csv import write_embeddings_csv

log = logging.getLogger("winnow")


@asset(
    partitions_def=datasets,
    io_manager_key="tables",
    kinds={"numpy"},
    code_version="1",
)
def dedup_sets(
    config: DedupConfig,
    embeddings: pl.DataFrame,
    datasource: ResourceParam[Datasource],
    run_folder: ResourceParam[RunFolder],
) -> MaterializeResult[pl.DataFrame]:
    """One row per embedded sample: its set (null: no duplicate), whether it stays, and who stays for it."""
    config = effective(config, run_folder)
    given = settings_of(run_folder, InputConfig).embeddings
    with step(run_folder, "dedup_sets"):
        names = embeddings["filename"]
        found = nothing_removed(embeddings)
        if config.remove_exact_duplicates:
            log.info("Removing exact duplicates (disable with remove_exact_duplicates=False).")
            check = settings_of(run_folder, CheckConfig)

            def read(filename: str) -> bytes:
                return read_regular_file(datasource.input_folder, filename, check.max_file_bytes)

            limits = PictureLimits(check.max_file_bytes, check.max_pixels, check.decode_timeout_seconds)
            found = exact_duplicates(embeddings, partial(pixel_digests, read=read, limits=limits))
            dropped = found.dropped
            log.info("Found %d exact duplicates.", dropped)
            path = run_folder.path / "data" / "embeddings.csv"
            if dropped:
                rows = np.flatnonzero(found.table["kept"])
                vectors = embeddings["embedding"].to_numpy()
                write_embeddings_csv(path, names, vectors, embeddings["label"], rows=rows)
            where = path if dropped or not given or path.exists() else f"shared_dir/{given}"
            log.info("Unique embeddings are stored in %s", where)
        table, confirmed = found.table, found.equal_byte_for_byte
        duplicates = table.filter(~pl.col("kept"))
        run_folder.write_lines("filenames/duplicate_filenames.txt", duplicates["filename"].to_list())
    return MaterializeResult(
        value=table,
        metadata={
            "duplicates": len(duplicates),
            "sets": table["group"].n_unique() - int(table["group"].null_count() > 0),
            "equal_byte_for_byte": "unknown" if confirmed is None else confirmed,
            "preview": preview(duplicates),
        },
    )
