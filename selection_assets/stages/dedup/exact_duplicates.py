"""Exact duplicates among the samples of a run, and which of each set stays.

Two pictures are duplicates if and only if their decoded pixels are equal, whatever the model, the machine, the cache or
the order of arrival. A sample without a picture in this run (of an embeddings file; a member of a datapool) is a
duplicate of another sample if and only if their vectors are equal.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from configs.errors import InputError
from selection_assets.stages.dedup.duplicate_sets import DuplicateSets, duplicate_sets
from selection_assets.stages.dedup.equal_pixels import Digests, equal_pixels
from selection_assets.stages.dedup.equal_vectors import equal_vectors

SCHEMA = {"filename": pl.String, "group": pl.Int64, "kept": pl.Boolean, "kept_filename": pl.String}


@dataclass(frozen=True)
class ExactDuplicates:
    """table: one row per sample, in order: filename, group (null: no duplicate), kept, kept_filename (who stays for
        it; itself where it stays).
    dropped: number of rows that do not stay.
    equal_byte_for_byte: how many of them are the same file as the one that stays; None where there are no pictures.
    """

    table: pl.DataFrame
    dropped: int
    equal_byte_for_byte: int | None


def nothing_removed(samples: pl.DataFrame) -> ExactDuplicates:
    """Where duplicates are not looked for: every sample stays."""
    table = samples.select("filename", group=pl.lit(None, pl.Int64), kept=pl.lit(True), kept_filename="filename")
    return ExactDuplicates(table, 0, None)


def exact_duplicates(samples: pl.DataFrame, digests: Digests) -> ExactDuplicates:
    """Find the sets of duplicates and who stays in each.

    Args:
        samples: filename; content_key (null: no picture in this run); pixel_key (of the check; null likewise); masked:
            stays, belongs to no set and replaces nobody; preselected: preferred to stay; datapool: always stays;
            embedding, Array(Float32, d).
        digests: see `equal_pixels`: a `functools.partial` of `pixel_digests`.

    Of a set stay all members of a datapool, else the first pre-selected sample, else the first one.

    Raises:
        InputError: a picture was checked by a version without pixel keys; what `digests` raises.
    """
    considered = np.flatnonzero(~samples["masked"].to_numpy())
    has_picture = samples["content_key"].is_not_null().to_numpy()
    equal = _by_pixels(samples, considered[has_picture[considered]], digests)
    if not has_picture[considered].all():
        by_vectors = equal_vectors(samples["embedding"].to_numpy(), considered)
        equal += [rows for rows in by_vectors if not has_picture[rows].all()]
    sets = duplicate_sets(
        len(samples),
        equal,
        preferred=samples["preselected"].to_numpy(),
        lasting=samples["datapool"].to_numpy(),
    )
    return _as_table(samples, sets)


def _by_pixels(samples: pl.DataFrame, rows: np.ndarray, digests: Digests) -> list[list[int]]:
    pictures = samples.select("filename", "pixel_key", content_hash=_content_hash())[rows]
    without = pictures.filter(pl.col("pixel_key").is_null())
    if len(without):
        raise InputError(
            f"{without['filename'][0]} was checked by an older version; run again from the check of the samples"
        )
    groups = equal_pixels(
        pictures["filename"].to_list(), pictures["content_hash"].to_list(), pictures["pixel_key"].to_list(), digests
    )
    return [rows[group].tolist() for group in groups]


def _content_hash() -> pl.Expr:
    """As `content_key.content_hash_of`."""
    return pl.col("content_key").str.split("/").list.last()


def _as_table(samples: pl.DataFrame, sets: DuplicateSets) -> ExactDuplicates:
    names, hashes = samples["filename"], samples.select(_content_hash()).to_series()
    dropped = sets.dropped_rows
    table = pl.DataFrame(
        {
            "filename": names,
            "group": pl.Series(sets.group).replace(-1, None),
            "kept": sets.kept == np.arange(len(samples)),
            "kept_filename": names[sets.kept],
        },
        schema=SCHEMA,
    )
    same = (hashes[dropped] == hashes[sets.kept[dropped]]).sum()
    return ExactDuplicates(table, len(dropped), None if hashes.null_count() == len(hashes) else int(same))
