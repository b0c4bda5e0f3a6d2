"""Members of a datapool as tables: reading the CSV, putting members beside the samples of a run, adding new ones.

A member is known by its file name, relative to the input folder.
"""

from pathlib import Path

import numpy as np
import polars as pl

from configs.errors import InputError
from selection_assets.stages.datapool.label_numbers import names_of_numbers
from selection_assets.stages.datapool.pool_settings import PoolSettings
from selection_assets.stages.samples.embeddings_csv import read_embeddings_csv
from selection_assets.stages.samples.embeddings_csv_header import read_header

SAME_CONTENT = 0.01  # relative distance of two vectors of one picture: another machine rounds differently
UNIT_NORM_TOLERANCE = 1e-3


def pool_dimensions(path: Path) -> int:
    """Number of dimensions in an embeddings CSV, from the header alone. InputError: see `read_header`."""
    return sum(name.startswith("embedding_") for name in read_header(path))


def refuse_other_dimensions(name: str, ours: int, theirs: int) -> None:
    """Raises InputError where the vectors of a run do not have the dimensions of those of the datapool `name`."""
    if ours != theirs:
        raise InputError(
            f"datapool.name={name}: its vectors have {theirs} dimensions, those of this run have {ours}; embed with "
            "the model of the datapool, or start a new datapool"
        )


def dimensions(table: pl.DataFrame) -> int:
    """Length of the vectors in the column `embedding`."""
    return int(table.schema["embedding"].shape[0])  # type: ignore[attr-defined]


def read_members(path: Path, made: PoolSettings | None = None) -> pl.DataFrame:
    """filename, label (its name), label_number (Int64, in the CSV), embedding of every member, in the order in which
    they joined. InputError: see the reader.

    made: the settings of the datapool; None where it has none.
    """
    members = read_embeddings_csv(path).select("filename", "label", "embedding", label_number="label")
    if made is None or made.labels_have_names:
        names = names_of_numbers(members, (made and made.label_numbers) or {})
        members = members.with_columns(pl.col("label").replace_strict(names, return_dtype=pl.String))
    return members.select("filename", "label", pl.col("label_number").cast(pl.Int64), "embedding")


def known_numbers(members: pl.DataFrame, made: PoolSettings | None = None) -> dict[str, int]:
    """Name -> number of every weak label that the datapool has or had."""
    stored = (made and made.label_numbers) or {}
    return {**stored, **dict(members.select("label", "label_number").unique(maintain_order=True).iter_rows())}


def refuse_unit_vectors(name: str, members: pl.DataFrame) -> None:
    """For a datapool without settings and a run that does not normalise: its vectors must not look normalised."""
    lengths = np.linalg.norm(members["embedding"].to_numpy().astype(np.float64), axis=1)
    if np.abs(lengths - 1).max() <= UNIT_NORM_TOLERANCE:
        raise InputError(
            f"datapool.name={name}: its vectors all have length 1, but this run has normalize_embeddings=False; set "
            "normalize_embeddings=True, or start a new datapool"
        )


def with_members(name: str, samples: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """The samples that are no members, then all members as preselected rows; the column `datapool` tells them apart.

    samples: filename, label, masked, preselected, embedding of the samples of a run; what else they have, members lack.
    members: filename, label, label_number, embedding of the datapool `name`.

    A sample with the name of a member is that member. Raises InputError where the vectors have other dimensions.
    """
    refuse_other_dimensions(name, dimensions(samples), dimensions(members))
    new = samples.join(members.select("filename"), on="filename", how="anti", maintain_order="left")
    before = members.select("filename", "label", "embedding").with_columns(
        masked=pl.lit(False), preselected=pl.lit(True), datapool=pl.lit(True)
    )
    return pl.concat([new.with_columns(datapool=pl.lit(False)), before], how="diagonal")


def other_content(samples: pl.DataFrame, members: pl.DataFrame) -> list[str]:
    """Names of samples that a member has too, although the vectors are those of different pictures."""
    both = samples.select("filename", "embedding").join(
        members.select("filename", member="embedding"), on="filename", maintain_order="left"
    )
    if both.is_empty() or both.schema["embedding"] != both.schema["member"]:
        return []
    here, there = (both[name].to_numpy().astype(np.float64) for name in ("embedding", "member"))
    away = np.linalg.norm(here - there, axis=1) > SAME_CONTENT * np.linalg.norm(there, axis=1)
    return both["filename"].filter(pl.Series(away)).to_list()


def without_known(members: pl.DataFrame, kept: pl.DataFrame) -> pl.DataFrame:
    """Those rows of `kept` (filename, …) that are no members yet, in their order."""
    return kept.join(members.select("filename"), on="filename", how="anti", maintain_order="left")
