"""Asset checks: blocking where wrong data would follow, warnings where a person should look.

A check runs in the step that makes the table, on the table in hand. What a table must hold is documented with its
asset.
"""

import warnings

import numpy as np
import polars as pl
from dagster import AssetCheckResult, AssetCheckSeverity, AssetCheckSpec
from dagster_shared.utils.warnings import PreviewWarning

from configs.stages.dedup import NormalizationConfig
from configs.stages.selection import SelectionConfig
from selection_assets.partitions import datasets
from selection_assets.stages.selection.outcome import DATAPOOL, PRESELECTED, SELECTED, STATUSES
from selection_assets.stages.selection.target_size import requested_total

CORRUPT_SHARE_TO_WARN = 0.2
UNIT_NORM_TOLERANCE = 1e-3
DISTANCE_TOLERANCE = 1e-5


def _spec(name: str, asset: str, description: str, blocking: bool = True) -> AssetCheckSpec:
    """A check of each partition: without, one dataset's failure would stop another, or hide its own."""
    with warnings.catch_warnings(action="ignore", category=PreviewWarning):
        return AssetCheckSpec(name, asset=asset, description=description, blocking=blocking, partitions_def=datasets)


CORRUPT_SHARE = _spec("corrupt_share", "checked_samples", "Few samples are corrupt.", blocking=False)
FINITE_VECTORS = _spec("finite_vectors", "embeddings", "No embedding holds NaN or infinity.")
UNIT_NORMS = _spec(
    "unit_norms",
    "normalized_embeddings",
    "Every vector has unit length, unless normalisation is off or the vector is zero.",
)
SELECTION_COUNT = _spec(
    "selection_count",
    "selected_samples",
    "Something is selected, now or in the datapool before, and not more than was asked for.",
)
MIN_DISTANCE_HELD = _spec(
    "min_distance_held",
    "selected_samples",
    "No sample was picked closer than min_distance to one selected before it.",
)
PARTITION_OF_THE_INPUT = _spec(
    "partition_of_the_input",
    "selected_samples",
    "Every input sample has exactly one status, and so has every member of the datapool.",
)

UP_TO_DATE = _spec(
    "up_to_date",
    "processed_files",
    "No new file waits too long, and no run that began by itself has given up: said by the sensor watched_datasets.",
    blocking=False,
)


def up_to_date(*, late_because: str = "") -> AssetCheckResult:
    return AssetCheckResult(
        check_name=UP_TO_DATE.name,
        asset_key=UP_TO_DATE.asset_key,
        passed=not late_because,
        severity=AssetCheckSeverity.WARN,
        metadata={"reason": late_because} if late_because else {},
    )


def corrupt_share(checked: pl.DataFrame) -> AssetCheckResult:
    share = 1.0 - float(checked["healthy"].sum()) / max(len(checked), 1)
    return AssetCheckResult(
        check_name=CORRUPT_SHARE.name,
        passed=share <= CORRUPT_SHARE_TO_WARN,
        severity=AssetCheckSeverity.WARN,
        metadata={"corrupt_share": share},
    )


def finite_vectors(embeddings: pl.DataFrame) -> AssetCheckResult:
    finite = np.isfinite(embeddings["embedding"].to_numpy()).all(axis=1)
    bad = embeddings["filename"].filter(pl.Series(~finite)).head(10).to_list()
    return AssetCheckResult(
        check_name=FINITE_VECTORS.name,
        passed=bool(finite.all()),
        metadata={"rows": int((~finite).sum()), "first": str(bad)},
    )


def unit_norms(normalized: pl.DataFrame, config: NormalizationConfig) -> AssetCheckResult:
    if not config.normalize_embeddings:
        return AssetCheckResult(check_name=UNIT_NORMS.name, passed=True, metadata={"normalize_embeddings": False})
    vectors = normalized["embedding"].to_numpy()
    norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    worst = float(np.abs(norms - 1)[norms > 0].max(initial=0.0))
    return AssetCheckResult(
        check_name=UNIT_NORMS.name,
        passed=worst <= UNIT_NORM_TOLERANCE,
        metadata={"largest_difference_from_1": worst},
    )


def selection_count(selected: pl.DataFrame, config: SelectionConfig) -> AssetCheckResult:
    kept = int(selected["status"].is_in([SELECTED, PRESELECTED]).sum())
    before = int((selected["status"] == PRESELECTED).sum())
    pool = int((selected["status"] == DATAPOOL).sum())
    limit = requested_total(config.asked, int(selected["in_input"].sum()))
    return AssetCheckResult(
        check_name=SELECTION_COUNT.name,
        passed=kept + pool > 0 and (limit is None or kept <= max(limit, before)),
        metadata={"selected": kept, "asked_for": limit if limit is not None else "no limit"},
    )


def min_distance_held(selected: pl.DataFrame, config: SelectionConfig) -> AssetCheckResult:
    asked = config.min_distance
    nearest = selected.filter(pl.col("status") == SELECTED)["distance"].min()
    smallest = float(nearest) if isinstance(nearest, float) else float("inf")
    return AssetCheckResult(
        check_name=MIN_DISTANCE_HELD.name,
        passed=asked is None or smallest >= asked - DISTANCE_TOLERANCE,
        metadata={} if np.isinf(smallest) else {"smallest_distance": smallest},
    )


def partition_of_the_input(selected: pl.DataFrame, checked: pl.DataFrame) -> AssetCheckResult:
    of_input = selected.filter("in_input")
    same = of_input["filename"].equals(checked["filename"])
    beyond = bool((selected.filter(~pl.col("in_input"))["status"] == DATAPOOL).all())
    known = bool(selected["status"].is_in(STATUSES).all())
    return AssetCheckResult(
        check_name=PARTITION_OF_THE_INPUT.name,
        passed=same and beyond and known and bool(selected["filename"].is_unique().all()),
        metadata={"samples": len(selected)},
    )
