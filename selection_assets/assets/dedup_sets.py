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
from selection_assets.stages.dedup.exact_duplicates import exact_duplicates, nothing_removed
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
    found = nothing_removed(frame)
    if config.remove_exact_duplicates:
        log.info("Removing exact duplicates (disable with remove_exact_duplicates=False).")
        digests = partial(
            pixel_digests,
            read=lambda name: datasource.input_store.get(name, check.max_file_bytes),
            limits=PictureLimits(check.max_file_bytes, check.max_pixels, check.decode_timeout_seconds),
            num_workers=check.num_workers,
            known=partial(known_digests, sample_cache),
            remember=partial(remember_digests, sample_cache),
        )
        found = exact_duplicates(frame, digests)
        log.info("Found %d exact duplicates.", found.dropped)
        path = folder.path / "data" / "embeddings.csv"
        if found.dropped:
            rows = np.flatnonzero(found.table["kept"])
            vectors = frame["embedding"].to_numpy()
            write_embeddings_csv(path, frame["filename"], vectors, frame["label_number"], rows=rows)
        written = found.dropped or not samples.embeddings or path.exists()
        where = folder.place(path) if written else f"shared_dir/{samples.embeddings}"
        log.info("Unique embeddings are stored in %s", where)
    table = found.table
    duplicates = table.filter(~pl.col("kept"))
    folder.write_lines("filenames/duplicate_filenames.txt", duplicates["filename"].to_list())
    return Made(
        table,
        metadata={
            "duplicates": len(duplicates),
            "sets": table["group"].drop_nulls().n_unique(),
            "equal_byte_for_byte": found.equal_byte_for_byte if found.equal_byte_for_byte is not None else "unknown",
        },
        preview=duplicates,
    )
