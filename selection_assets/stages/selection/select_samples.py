"""The whole step: from the tables of a run and what was asked to what became of every sample.

Nothing is written here: lists and tables are handed back as they shall stand in the run folder.
"""

import logging
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.stages.selection import SelectionConfig
from selection_assets.stages.selection.engine import select
from selection_assets.stages.selection.goals.goal_reports import goal_reports
from selection_assets.stages.selection.goals.pick_reasons import reason_of_picks, with_reasons
from selection_assets.stages.selection.goals.sample_columns import TagVectors, with_columns_of_the_input
from selection_assets.stages.selection.goals.selection_request import (
    BuiltRequest,
    selection_request,
    stopping_conditions,
)
from selection_assets.stages.selection.outcome import (
    DATAPOOL,
    MASKED,
    PRESELECTED,
    REMOVED,
    SELECTED,
    counts,
    outcome,
)
from selection_assets.stages.selection.removed_samples import removed_samples
from selection_assets.stages.selection.selection_facts import SelectionFacts, plain_config
from selection_assets.stages.selection.selection_result import SelectionResult

log = logging.getLogger("winnow")


@dataclass(frozen=True, eq=False)
class SelectedSamples:
    """What became of the samples.

    table: one row per input sample and member of the datapool, see `outcome`.
    facts: what was asked and reached.
    lists: path in the run folder -> names, in the order of the input.
    removed: the table `removed_samples.csv`: filename, nearest_selected_filename, distance, reason.
    kept_rows: rows of the unique samples that are kept: selected, selected before, or in the datapool.
    scores: by name, (n,) the scores that goals used, of the unique samples.
    """

    table: pl.DataFrame
    facts: SelectionFacts
    lists: dict[str, list[str]]
    removed: pl.DataFrame
    kept_rows: NDArray[np.int64]
    scores: dict[str, NDArray[np.float64]]


def select_samples(
    config: SelectionConfig,
    checked: pl.DataFrame,
    dedup: pl.DataFrame,
    unique: pl.DataFrame,
    tags: TagVectors | None = None,
) -> SelectedSamples:
    """Select as `config` asks.

    checked: every sample of the run: filename, label, healthy, reason, measures, `extra.` columns.
    dedup: every embedded sample: filename, kept, kept_filename.
    unique: what selection sees: filename, label, masked, preselected, datapool, embedding.
    tags: every tag of another dataset that `config` names.

    Raises InputError as `selection_request` and `select` do.
    """
    vectors = unique["embedding"].to_numpy()
    samples = with_columns_of_the_input(unique, checked, dedup)
    built = selection_request(config, samples, vectors, len(checked), tags)
    conditions = stopping_conditions(config, len(checked))
    if conditions:
        log.info("Sampling dataset with stopping condition: %s", ", ".join(conditions))
    result = select(built.table, vectors, built.request)
    reason = reason_of_picks(built.request.goals, skipped=result.skipped)
    left = _removed(config, unique, vectors, built, result)
    table = outcome(checked, dedup, unique, result.picks, left, reason)
    found = counts(table)
    if not result.skipped:
        log.info("Sampled %d images.", found[SELECTED])
        log.info("The selection ended because: %s.", result.stop_reason)
    facts = SelectionFacts(
        config=plain_config(config),
        conditions=conditions,
        goals=goal_reports(built, result),
        stop_reason=result.stop_reason,
        skipped=result.skipped,
        counts=found,
    )
    lists = {
        "filenames/sampled_filenames.txt": _names(table, SELECTED, PRESELECTED, DATAPOOL),
        "filenames/sampled_filenames_excluding_datapool.txt": _names(table, SELECTED),
        "filenames/removed_filenames.txt": _names(table, REMOVED),
        "filenames/masked_filenames.txt": _names(table, MASKED),
    }
    kept = unique["filename"].is_in(lists["filenames/sampled_filenames.txt"])
    removed = table.filter(pl.col("status") == REMOVED).select(
        "filename", "distance", "reason", nearest_selected_filename="nearest_selected"
    )
    return SelectedSamples(
        table=table,
        facts=facts,
        lists=lists,
        removed=removed.select("filename", "nearest_selected_filename", "distance", "reason"),
        kept_rows=np.flatnonzero(kept.to_numpy()),
        scores=built.scores,
    )


def picks_in_order(table: pl.DataFrame) -> pl.DataFrame:
    """The new picks of an `outcome` table in the order of their picks, without what is the same for all of them."""
    return table.filter(pl.col("status") == SELECTED).sort("order").drop("status", "in_input")


def _names(table: pl.DataFrame, *statuses: str) -> list[str]:
    return table.filter(pl.col("status").is_in(statuses))["filename"].to_list()


def _removed(
    config: SelectionConfig,
    unique: pl.DataFrame,
    vectors: NDArray[np.float32],
    built: BuiltRequest,
    result: SelectionResult,
) -> pl.DataFrame:
    """The samples that were not picked, each with the selected one nearest to it."""
    selected = unique["preselected"].to_numpy() & ~unique["masked"].to_numpy()
    selected[result.order] = True
    removed = ~selected & ~unique["masked"].to_numpy()
    names = unique["filename"]
    table = removed_samples(names.to_list(), vectors, selected, removed, config.min_distance)
    return with_reasons(table, names, built, result)
