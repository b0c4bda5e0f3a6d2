"""The selection of a run: from the unique vectors to what became of every sample, with the lists that people are given."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from configs.stages.selection import SelectionConfig
from selection_assets.stages.reporting.analysis.removed_samples import removed_samples
from selection_assets.stages.selection.engine import select
from selection_assets.stages.selection.goal_reports import goal_reports
from selection_assets.stages.selection.outcome import DATAPOOL, MASKED, PRESELECTED, REMOVED, SELECTED, counts, outcome
from selection_assets.stages.selection.pick_reasons import reason_of_picks, with_reasons
from selection_assets.stages.selection.sample_columns import with_columns_of_the_input
from selection_assets.stages.selection.selection_request import BuiltRequest, selection_request, stopping_conditions
from selection_assets.stages.selection.selection_result import SelectionResult

log = logging.getLogger("winnow")


@dataclass(frozen=True)
class SelectedSamples:
    """table: see `outcome`. facts: config, goals, stop_reason, counts, as plain values. lists: file below the run
    folder -> names. scores: columns of scores for the unique samples, where scores took part."""

    table: pl.DataFrame
    facts: dict[str, Any]
    lists: dict[str, list[str]]
    scores: Mapping[str, Any]


def select_samples(
    config: SelectionConfig, settings: dict[str, Any], checked: pl.DataFrame, dedup: pl.DataFrame, unique: pl.DataFrame
) -> SelectedSamples:
    """settings: `config` as plain values, for the facts."""
    vectors = unique["embedding"].to_numpy()
    samples = with_columns_of_the_input(unique, checked, dedup)
    built = selection_request(config, samples, vectors, len(checked))
    if conditions := stopping_conditions(config, len(checked)):
        log.info("Sampling dataset with stopping condition: %s", ", ".join(conditions))
    result = select(built.table, vectors, built.request)
    removed = _removed(config, unique, built, result)
    reason = reason_of_picks(built.request.goals, skipped=result.skipped)
    table = outcome(checked, dedup, unique, result.picks, removed, reason)
    found = counts(table)
    if not result.skipped:
        log.info("Sampled %d images.", found[SELECTED])
        log.info("The selection ended because: %s.", result.stop_reason)
    facts = {
        "config": settings,
        "goals": goal_reports(built, result),
        "stop_reason": result.stop_reason,
        "counts": found,
    }
    return SelectedSamples(table, facts, _lists(table), built.scores or {})


def _removed(
    config: SelectionConfig, unique: pl.DataFrame, built: BuiltRequest, result: SelectionResult
) -> pl.DataFrame:
    """The samples that were not picked, each with the selected one nearest to it."""
    selected = unique["preselected"].to_numpy().copy()
    selected[result.order] = True
    removed = ~selected & ~unique["masked"].to_numpy()
    names, vectors = unique["filename"], unique["embedding"].to_numpy()
    table = removed_samples(names.to_list(), vectors, selected, removed, config.min_distance)
    return with_reasons(table, names, built, result)


def _lists(table: pl.DataFrame) -> dict[str, list[str]]:
    """Names by list, each in the order of the input."""
    statuses = {
        "sampled": [SELECTED, PRESELECTED, DATAPOOL],
        "sampled_filenames_excluding_datapool": [SELECTED],
        "removed": [REMOVED],
        "masked": [MASKED],
    }
    files = {
        name: f"filenames/{name.removesuffix('_filenames')}_filenames.txt" for name in ("sampled", "removed", "masked")
    }
    files["sampled_filenames_excluding_datapool"] = "filenames/sampled_filenames_excluding_datapool.txt"
    return {
        files[name]: table.filter(pl.col("status").is_in(kept))["filename"].to_list() for name, kept in statuses.items()
    }


def kept_rows(table: pl.DataFrame, unique: pl.DataFrame) -> np.ndarray:
    """Rows of `unique` that are selected, now or before."""
    kept = table.filter(pl.col("status").is_in([SELECTED, PRESELECTED, DATAPOOL]))["filename"]
    return np.flatnonzero(unique["filename"].is_in(kept.implode()).to_numpy())
