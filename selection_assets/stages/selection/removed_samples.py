"""The table of removed samples: who represents each of them in the selection, and how far away.

Only the table belongs here; writing it to `removed_samples.csv` is the caller's.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from selection_assets.stages.selection.distances.nearest_rows import nearest_rows

TOO_CLOSE = "closer than min_distance to a selected sample"
NOT_PICKED = "not picked before the selection stopped"
NOTHING_SELECTED = "nothing was selected"
SCHEMA = pl.Schema(
    {"filename": pl.String, "nearest_selected_filename": pl.String, "distance": pl.Float64, "reason": pl.String}
)


def removed_samples(
    filenames: Sequence[str],
    embeddings: NDArray[np.float32],
    selected: NDArray[np.bool_],
    removed: NDArray[np.bool_],
    min_distance: float | None = None,
) -> pl.DataFrame:
    """One row per removed sample, in the order of the input.

    Args:
        filenames: n names.
        embeddings: (n, d) vectors in the space of the selection.
        selected: (n,) bool, everything that stays (with preselected and datapool samples, where there are any).
        removed: (n,) bool.
        min_distance: the stopping distance, or None.

    Returns:
        Columns filename, nearest_selected_filename, distance (L2), reason. Name and distance are null when nothing is
        selected.
    """
    rows, kept = np.flatnonzero(removed), np.flatnonzero(selected)
    names = [filenames[row] for row in rows.tolist()]
    if len(rows) == 0 or len(kept) == 0:
        return pl.DataFrame(
            {"filename": names, "reason": [NOTHING_SELECTED] * len(names)}, schema_overrides=SCHEMA, strict=False
        ).select(
            "filename",
            pl.lit(None, pl.String).alias("nearest_selected_filename"),
            pl.lit(None, pl.Float64).alias("distance"),
            pl.col("reason").cast(pl.String),
        )
    nearest, distances = nearest_rows(embeddings[rows], embeddings[kept], "Representatives of removed samples")
    close = distances < min_distance if min_distance is not None else np.zeros(len(rows), np.bool_)
    return pl.DataFrame(
        {
            "filename": names,
            "nearest_selected_filename": [filenames[row] for row in kept[nearest].tolist()],
            "distance": distances,
            "reason": np.where(close, TOO_CLOSE, NOT_PICKED).tolist(),
        },
        schema=SCHEMA,
    )
