"""What became of every sample of a run: one row each, with status and reason.

The statuses partition the input. Which samples are picked is decided elsewhere; here the answers are put together.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from selection_assets.stages.selection.picks import Picks

CORRUPT, DUPLICATE, MASKED, PRESELECTED, SELECTED, REMOVED = STATUSES = (
    "corrupt",
    "duplicate",
    "masked",
    "preselected",
    "selected",
    "removed",
)


def outcome(
    checked: pl.DataFrame,
    dedup: pl.DataFrame,
    unique: pl.DataFrame,
    picks: Picks,
    nearest: NDArray[np.int64],
    distance: NDArray[np.float64],
    reason_of_picks: str,
) -> pl.DataFrame:
    """One row per row of `checked`, in that order.

    checked: filename, label, healthy, reason of every sample.
    dedup: filename, kept, kept_filename of every embedded sample.
    unique: filename, masked, preselected of every sample that selection saw; `picks` are rows of it.
    nearest, distance: (n,) for the rows of `unique`: the row of the nearest selected sample (-1: none) and how far
        it is away; used for removed samples.
    reason_of_picks: why a picked sample was picked.

    Returns filename, label, status, order (of the pick, from 0), reason, nearest_selected, distance. For a picked
    sample the last two tell of the moment of the pick.
    """
    n = len(unique)
    filenames = unique["filename"].to_numpy()
    order = np.full(n, -1, np.int64)
    order[picks.order] = np.arange(len(picks.order))
    near, far = nearest.copy(), distance.astype(np.float64)
    near[picks.order], far[picks.order] = picks.nearest, picks.distance
    seen = pl.DataFrame(
        {
            "filename": unique["filename"],
            "status": pl.select(
                pl.when(unique["preselected"])
                .then(pl.lit(PRESELECTED))
                .when(unique["masked"])
                .then(pl.lit(MASKED))
                .when(pl.Series(order >= 0))
                .then(pl.lit(SELECTED))
                .otherwise(pl.lit(REMOVED))
            ).to_series(),
            "order": pl.Series(order).replace(-1, None),
            "nearest_selected": [filenames[row] if row >= 0 else None for row in near],
            "distance": pl.Series(far).fill_nan(None),
        },
        schema_overrides={"nearest_selected": pl.String},
    ).with_columns(
        reason=pl.col("status").replace_strict(
            {
                PRESELECTED: "selected before this run",
                MASKED: "masked: takes no part",
                SELECTED: reason_of_picks,
                REMOVED: "a selected sample stands for it",
            }
        )
    )
    dropped = dedup.filter(~pl.col("kept")).select(
        "filename",
        status=pl.lit(DUPLICATE),
        order=pl.lit(None, pl.Int64),
        nearest_selected=pl.lit(None, pl.String),
        distance=pl.lit(None, pl.Float64),
        reason=pl.format("exact duplicate of {}", "kept_filename"),
    )
    corrupt = checked.filter(~pl.col("healthy")).select(
        "filename",
        status=pl.lit(CORRUPT),
        order=pl.lit(None, pl.Int64),
        nearest_selected=pl.lit(None, pl.String),
        distance=pl.lit(None, pl.Float64),
        reason="reason",
    )
    told = pl.concat([seen.select(corrupt.columns), dropped.select(corrupt.columns), corrupt])
    joined = checked.select("filename", "label").join(told, on="filename", how="left", maintain_order="left")
    return joined.select("filename", "label", "status", "order", "reason", "nearest_selected", "distance")


def counts(table: pl.DataFrame) -> dict[str, int]:
    """How many samples have each status, and `input` for all."""
    found = dict(table["status"].value_counts().iter_rows())
    return {"input": len(table), **{status: int(found.get(status, 0)) for status in STATUSES}}
