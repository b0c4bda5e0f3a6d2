"""What became of every sample of a run: one row each, with status and reason.

The statuses partition the input. Which samples are picked is decided elsewhere; here the answers are put together.
"""

import numpy as np
import polars as pl

from selection_assets.stages.selection.picks import Picks

CORRUPT, DUPLICATE, MASKED, PRESELECTED, SELECTED, REMOVED = STATUSES = (
    "corrupt",
    "duplicate",
    "masked",
    "preselected",
    "selected",
    "removed",
)

SCHEMA = {
    "filename": pl.String,
    "status": pl.String,
    "order": pl.Int64,
    "reason": pl.String,
    "nearest_selected": pl.String,
    "distance": pl.Float64,
}


def outcome(
    checked: pl.DataFrame,
    dedup: pl.DataFrame,
    unique: pl.DataFrame,
    picks: Picks,
    removed: pl.DataFrame,
    reason_of_picks: str,
) -> pl.DataFrame:
    """One row per row of `checked`, in that order.

    checked: filename, label, healthy, reason of every sample.
    dedup: filename, kept, kept_filename of every embedded sample.
    unique: filename, masked, preselected of every sample that selection saw; `picks` are rows of it.
    removed: filename, nearest_selected_filename, distance, reason of every sample that was not picked
        (`removed_samples`).
    reason_of_picks: why a picked sample was picked.

    Returns filename, label, status, order (of the pick, from 0), reason, nearest_selected, distance. For a picked
    sample the last two tell of the moment of the pick.
    """
    filenames = unique["filename"]
    picked = pl.DataFrame(
        {
            "filename": filenames[picks.order],
            "status": SELECTED,
            "order": np.arange(len(picks.order)),
            "reason": reason_of_picks,
            "nearest_selected": [filenames[int(row)] if row >= 0 else None for row in picks.nearest],
            "distance": pl.Series(picks.distance, dtype=pl.Float64).fill_nan(None),
        },
        schema=SCHEMA,
    )
    told = [
        picked,
        _rows(removed, REMOVED, "reason", nearest="nearest_selected_filename", distance="distance"),
        _rows(unique.filter("preselected"), PRESELECTED, pl.lit("selected before this run")),
        _rows(unique.filter(~pl.col("preselected") & pl.col("masked")), MASKED, pl.lit("masked: takes no part")),
        _rows(dedup.filter(~pl.col("kept")), DUPLICATE, pl.format("exact duplicate of {}", "kept_filename")),
        _rows(checked.filter(~pl.col("healthy")), CORRUPT, "reason"),
    ]
    joined = checked.select("filename", "label").join(pl.concat(told), on="filename", how="left", maintain_order="left")
    return joined.select("filename", "label", "status", "order", "reason", "nearest_selected", "distance")


def _rows(
    samples: pl.DataFrame, status: str, reason: str | pl.Expr, nearest: str | None = None, distance: str | None = None
) -> pl.DataFrame:
    return samples.select(
        "filename",
        status=pl.lit(status),
        order=pl.lit(None, pl.Int64),
        reason=reason,
        nearest_selected=pl.lit(None, pl.String) if nearest is None else nearest,
        distance=pl.lit(None, pl.Float64) if distance is None else distance,
    )


def counts(table: pl.DataFrame) -> dict[str, int]:
    """How many samples have each status, and `input` for all."""
    found = dict(table["status"].value_counts().iter_rows())
    return {"input": len(table), **{status: int(found.get(status, 0)) for status in STATUSES}}
