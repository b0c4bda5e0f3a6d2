"""The vectors of all samples that a dataset has after a run: those of the run, and earlier ones of the same model."""

from pathlib import Path

import polars as pl

from selection_assets.stages.samples.embeddings_csv import read_embeddings_csv

COLUMNS = ("filename", "embedding", "label_number")


def dataset_vectors(kept: pl.DataFrame, earlier: Path | None) -> pl.DataFrame:
    """`COLUMNS`: first the samples that only the earlier file has, in its order, then those of the run.

    kept: filename, embedding, label_number of the samples that the run keeps.
    earlier: an embeddings CSV of the same model, if there is one. One of another length than the vectors of the run
        counts for nothing: nobody could compare them.

    Raises InputError where the file is none any more.
    """
    ours = kept.select(COLUMNS)
    if earlier is None:
        return ours
    before = read_embeddings_csv(earlier).select("filename", "embedding", label_number=pl.col("label").cast(pl.Int64))
    if before.schema["embedding"] != ours.schema["embedding"]:
        return ours
    return pl.concat([before.join(ours, on="filename", how="anti", maintain_order="left"), ours])
