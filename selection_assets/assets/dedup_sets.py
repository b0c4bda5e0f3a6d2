"""The asset `dedup_sets`: which embedded samples are exact duplicates, and which of each set stays."""

import logging

import polars as pl
from dagster import MaterializeResult, ResourceParam, asset

from configs.stages.dedup import DedupConfig
from configs.stages.input import InputConfig
from resources.run_folder import RunFolder
from selection_assets.assets.step import effective, preview, settings_of, step
from selection_assets.partitions import datasets
from selection_assets.stages.dedup.exact_duplicates import exact_duplicates
from selection_assets.stages.samples.embeddings_csv import write_embeddings_csv

log = logging.getLogger("winnow")


@asset(
    partitions_def=datasets,
    io_manager_key="tables",
    kinds={"numpy"},
    code_version="1",
)
def dedup_sets(
    config: DedupConfig, embeddings: pl.DataFrame, run_folder: ResourceParam[RunFolder]
) -> MaterializeResult[pl.DataFrame]:
    """One row per embedded sample: its set (null: no duplicate), whether it stays, and who stays for it."""
    config = effective(config, run_folder)
    given = settings_of(run_folder, InputConfig).embeddings
    with step(run_folder, "dedup_sets"):
        names = embeddings["filename"]
        table = embeddings.select("filename", group=pl.lit(None, pl.Int64), kept=pl.lit(True), kept_filename="filename")
        confirmed: int | None = None
        if config.remove_exact_duplicates:
            log.info("Removing exact duplicates (disable with remove_exact_duplicates=False).")
            hashes = embeddings["content_key"].str.split("/").list.last()
            vectors = embeddings["embedding"].to_numpy()
            found = exact_duplicates(
                vectors,
                masked=embeddings["masked"].to_numpy(),
                preferred=embeddings["preselected"].to_numpy(),
                lasting=embeddings["datapool"].to_numpy(),
                content_hashes=None if hashes.null_count() == len(hashes) else hashes,
            )
            confirmed = found.confirmed_by_content
            table = table.with_columns(
                group=pl.Series(found.group).replace(-1, None),
                kept=pl.Series(found.kept) == pl.Series(range(len(names))),
                kept_filename=names[found.kept],
            )
            dropped = int((~table["kept"]).sum())
            log.info("Found %d exact duplicates.", dropped)
            path = run_folder.path / "data" / "embeddings.csv"
            if dropped:
                write_embeddings_csv(path, names, vectors, embeddings["label_number"], rows=found.unique_rows)
            where = path if dropped or not given or path.exists() else f"shared_dir/{given}"
            log.info("Unique embeddings are stored in %s", where)
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
