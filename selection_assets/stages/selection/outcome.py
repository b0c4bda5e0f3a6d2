"""What became of every sample of a run: one row each, with status and reason.

The statuses partition the input. Which samples are picked is decided elsewhere; here the answers are put together.
"""

import polars as pl

CORRUPT, DUPLICATE, MASKED, PRESELECTED, SELECTED, REMOVED, DATAPOOL = STATUSES = (
    "corrupt",
    "duplicate",
    "masked",
    "preselected",
    "selected",
    "removed",
    "datapool",
)

GAIN = "gain: "  # before the label of a goal: the column with what each pick brought to it


def outcome(
    checked: pl.DataFrame,
    dedup: pl.DataFrame,
    unique: pl.DataFrame,
    picks: pl.DataFrame,
    removed: pl.DataFrame,
    reason_of_picks: str,
) -> pl.DataFrame:
    """One row per row of `checked`, in that order, then one per member of the datapool that is not among them.

    checked: filename, label, healthy, reason of every sample.
    dedup: filename, kept, kept_filename of every embedded sample.
    unique: filename, label, masked, preselected, datapool of every sample that selection saw.
    picks: `SelectionResult.picks`, about rows of `unique`.
    removed: filename, nearest_selected_filename, distance, reason of every sample that was not picked
        (`removed_samples`).
    reason_of_picks: why a picked sample was picked.

    Returns filename, label, status, order (of the pick, from 0), reason, nearest_selected, distance, in_input, and
    `gain: <goal>` for each goal. For a picked sample nearest_selected, distance and gains tell of the moment of the
    pick; for others gains are null.
    """
    members, others = unique.filter("datapool"), unique.filter(~pl.col("datapool"))
    beyond = members.join(checked, on="filename", how="anti", maintain_order="left")
    everyone = pl.concat(
        [
            checked.select("filename", "label", in_input=pl.lit(True)),
            beyond.select("filename", "label", in_input=pl.lit(False)),
        ]
    )
    filenames = unique["filename"]
    gains = [name for name in picks.columns if name not in ("row", "order", "nearest", "distance")]
    picked = picks.select(
        filename=filenames.gather(picks["row"]),
        status=pl.lit(SELECTED),
        order="order",
        reason=pl.lit(reason_of_picks),
        nearest_selected=filenames.gather(picks["nearest"]),
        distance="distance",
    )
    gained = picks.select(filename=filenames.gather(picks["row"]), **{f"{GAIN}{name}": name for name in gains})
    told = [
        picked,
        _rows(removed, REMOVED, "reason", nearest="nearest_selected_filename", distance="distance"),
        _rows(members, DATAPOOL, pl.lit("in the datapool before this run")),
        _rows(
            others.filter(pl.col("preselected") & ~pl.col("masked")), PRESELECTED, pl.lit("selected before this run")
        ),
        _rows(others.filter("masked"), MASKED, pl.lit("masked: takes no part")),  # whatever else is said of it
        _rows(dedup.filter(~pl.col("kept")), DUPLICATE, pl.format("exact duplicate of {}", "kept_filename")),
        _rows(checked.filter(~pl.col("healthy")).join(members, on="filename", how="anti"), CORRUPT, "reason"),
    ]
    joined = everyone.join(pl.concat(told), on="filename", how="left", maintain_order="left")
    columns = ("filename", "label", "status", "order", "reason", "nearest_selected", "distance", "in_input")
    return joined.select(columns).join(gained, on="filename", how="left", maintain_order="left")


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
    """How many samples have each status, and `input` for all of the input; `datapool` are all members."""
    found = dict(table["status"].value_counts().iter_rows())
    return {"input": int(table["in_input"].sum()), **{status: int(found.get(status, 0)) for status in STATUSES}}
