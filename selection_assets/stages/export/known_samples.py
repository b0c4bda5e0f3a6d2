"""What a run knows of the samples that it keeps, as the platform's API spells it."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

import polars as pl

from selection_assets.stages.samples.sample import CROP, FRAME

TYPES: Final = {FRAME: "VIDEO_FRAME", CROP: "CROP"}


def known_samples(
    kept: pl.DataFrame, thumbnails: Mapping[str, str]
) -> Iterator[tuple[str, str, int, Mapping[str, Any]]]:
    """Of each: its name, its type, the bytes of its source, and what else is known.

    kept: rows of `checked_samples`. thumbnails: filename -> key of its thumbnail in the LIGHTLY place.
    """
    for row in kept.iter_rows(named=True):
        more: dict[str, Any] = {"metaData": _measures(row)}
        if row["filename"] in thumbnails:
            more["thumbName"] = thumbnails[row["filename"]]
        if row["kind"] == FRAME:
            more["videoFrameData"] = {
                "sourceVideo": row["source"],
                "sourceVideoFrameIndex": row["frame"],
                "sourceVideoFrameTimestamp": row["seconds"],
            }
        yield row["filename"], TYPES.get(row["kind"], "IMAGE"), row["size"] or 0, more


def _measures(row: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {name: row[name] for name in ("sharpness", "snr") if _is_number(row[name])}
    if row["width"] is not None:
        found["shape"] = [row["height"], row["width"], 3]
    return found


def _is_number(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
