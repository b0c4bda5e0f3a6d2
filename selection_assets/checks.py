"""Asset checks: blocking where wrong data would follow, warnings where a person should look.

They read tables only. What a table must hold is documented with its asset.
"""

import numpy as np
import polars as pl
from dagster import AssetCheckResult, AssetCheckSeverity, AssetIn, ResourceParam, asset_check

from configs.dedup_config import NormalizationConfig
from configs.selection_config import SelectionConfig
from resources.run_folder import RunFolder
from selection_assets.assets.step import settings_of
from selection_assets.stages.selection.outcome import PRESELECTED, SELECTED, STATUSES
from selection_assets.stages.selection.target_size import requested_total

CORRUPT_SHARE_TO_WARN = 0.2
UNIT_NORM_TOLERANCE = 1e-3
DISTANCE_TOLERANCE = 1e-5


@asset_check(asset="checked_samples")
def corrupt_share(checked_samples: pl.DataFrame) -> AssetCheckResult:
    """Few samples are corrupt."""
    share = float((~checked_samples["healthy"]).mean() or 0.0)  # type: ignore[arg-type]
    return AssetCheckResult(
        passed=share <= CORRUPT_SHARE_TO_WARN, severity=AssetCheckSeverity.WARN, metadata={"corrupt_share": share}
    )


@asset_check(asset="embeddings", blocking=True)
def finite_vectors(embeddings: pl.DataFrame) -> AssetCheckResult:
    """No embedding holds NaN or infinity."""
    finite = np.isfinite(embeddings["embedding"].to_numpy()).all(axis=1)
    bad = embeddings["filename"].filter(pl.Series(~finite)).head(10).to_list()
    return AssetCheckResult(passed=bool(finite.all()), metadata={"rows": int((~finite).sum()), "first": str(bad)})


@asset_check(asset="normalized_embeddings", blocking=True)
def unit_norms(normalized_embeddings: pl.DataFrame, run_folder: ResourceParam[RunFolder]) -> AssetCheckResult:
    """Every vector has unit length, unless normalisation is off or a vector is zero."""
    if not settings_of(run_folder, NormalizationConfig).normalize_embeddings:
        return AssetCheckResult(passed=True, metadata={"normalize_embeddings": False})
    vectors = normalized_embeddings["embedding"].to_numpy()
    norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    off = np.abs(norms - 1)[norms > 0]
    worst = float(off.max(initial=0.0))
    return AssetCheckResult(passed=worst <= UNIT_NORM_TOLERANCE, metadata={"largest_difference_from_1": worst})


@asset_check(asset="selected_samples", blocking=True)
def selection_count(selected_samples: pl.DataFrame, run_folder: ResourceParam[RunFolder]) -> AssetCheckResult:
    """Something is selected, and not more than was asked for."""
    condition = settings_of(run_folder, SelectionConfig).stopping_condition
    kept = int(selected_samples["status"].is_in([SELECTED, PRESELECTED]).sum())
    before = int((selected_samples["status"] == PRESELECTED).sum())
    limit = requested_total(condition.asked, len(selected_samples))
    return AssetCheckResult(
        passed=kept > 0 and (limit is None or kept <= max(limit, before)),
        metadata={"selected": kept, "asked_for": limit if limit is not None else "no limit"},
    )


@asset_check(asset="selected_samples", blocking=True)
def min_distance_held(selected_samples: pl.DataFrame, run_folder: ResourceParam[RunFolder]) -> AssetCheckResult:
    """No sample was picked closer than min_distance to one selected before it."""
    asked = settings_of(run_folder, SelectionConfig).stopping_condition.min_distance
    nearest = selected_samples.filter(pl.col("status") == SELECTED)["distance"].min()
    smallest = float(nearest) if isinstance(nearest, float) else float("inf")
    passed = asked is None or smallest >= asked - DISTANCE_TOLERANCE
    shown = {} if np.isinf(smallest) else {"smallest_distance": smallest}
    return AssetCheckResult(passed=passed, metadata=shown)


@asset_check(asset="selected_samples", additional_ins={"input_samples": AssetIn("input_samples")}, blocking=True)
def partition_of_the_input(selected_samples: pl.DataFrame, input_samples: pl.DataFrame) -> AssetCheckResult:
    """Every input sample has exactly one status."""
    same = selected_samples["filename"].equals(input_samples["filename"])
    known = bool(selected_samples["status"].is_in(STATUSES).all())
    unique = selected_samples["filename"].is_unique().all()
    return AssetCheckResult(passed=same and known and bool(unique), metadata={"samples": len(selected_samples)})
