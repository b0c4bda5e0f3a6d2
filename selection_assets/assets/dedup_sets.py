"""The asset `dedup_sets`: which embedded samples are exact duplicates, and which of each set stays."""

import logging
from functools import partial

import numpy as np
import polars as pl

from configs.stages.check import CheckConfig
from configs.stages.dedup import DedupConfig
from configs.stages.input import InputConfig
from resources.datasource import Datasource
from resources.run_folder import RunFolder
from resources.sample_cache import SampleCache
from resources.tables import Table
from selection_assets.assets.step import Made, Output, step
from selection_assets.stages.dedup.digest_cache import known_digests, remember_digests
from selection_assets.stages.dedup.equal_pixels import pixel_digests
from selection_assets.stages.dedup.sample_duplicates import sample_duplicates
from selection_assets.stages.pictures.picture_limits import PictureLimits
from selection_assets.stages.samples.embeddings_csv import write_embeddings_csv

log = logging.getLogger("winnow")


@step("embedding", {"dedup_sets": Output("Sets of exact duplicates, and which of each set stays.", {"numpy"}, "2")})
def dedup_sets(
    config: DedupConfig,
    check: CheckConfig,
    samples: InputConfig,
    embeddings: Table,
    datasource: Datasource,
    folder: RunFolder,
    sample_cache: SampleCache,
) -> Made:
    """One row per embedded sample: its set (null: no duplicate), whether it stays, and who stays for it."""
    frame = embeddings.frame
    names = frame["filename"]
    table = frame.select("filename", group=pl.lit(None, pl.Int64), kept=pl.lit(True), kept_filename="filename")
    if config.remove_exact_duplicates:
        log.info("Removing exact duplicates (disable with remove_exact_duplicates=False).")
        digests = (
            None
            if samples.embeddings
            else partial(
                pixel_digests,
                read=partial(datasource.input_store.get, max_bytes=check.max_file_bytes),
                limits=PictureLimits(check.max_file_bytes, check.max_pixels, check.decode_timeout_seconds),
                num_workers=check.num_workers,
                known=partial(known_digests, sample_cache),
                remember=partial(remember_digests, sample_cache),
            )
        )
        found = sample_duplicates(frame, digests)
        table = table.with_columns(
            group=pl.Series(found.group).replace(-1, None),
            kept=pl.Series(found.kept == np.arange(len(names)), dtype=pl.Boolean),
            kept_filename=names.gather(found.kept),
        )
        dropped = len(found.dropped_rows)
        log.info("Found %d exact duplicates.", dropped)
        path = folder.path / "data" / "embeddings.csv"
        if dropped:
            vectors = frame["embedding"].to_numpy()
            write_embeddings_csv(path, names, vectors, frame["label_number"], rows=found.unique_rows)
        where = path if dropped or not samples.embeddings or path.exists() else f"shared_dir/{samples.embeddings}"
        log.info("Unique embeddings are stored in %s", where)
    duplicates = table.filter(~pl.col("kept"))
    folder.write_lines("filenames/duplicate_filenames.txt", duplicates["filename"].to_list())
    return Made(
        table,
        metadata={"duplicates": len(duplicates), "sets": table["group"].drop_nulls().n_unique()},
        preview=duplicates,
    )
