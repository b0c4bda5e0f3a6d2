"""The asset `selected_samples`: what became of every sample, and which ones are worth labelling."""

import json
import logging
from collections.abc import Iterator

import numpy as np
import polars as pl
from dagster import MaterializeResult, MetadataValue, ResourceParam, asset

from configs.stages.selection import SelectionConfig
from resources.run_folder import RunFolder
from selection_assets.assets.step import effective, preview, step
from selection_assets.checks import (
    MIN_DISTANCE_HELD,
    PARTITION_OF_THE_INPUT,
    SELECTION_COUNT,
    min_distance_held,
    partition_of_the_input,
    selection_count,
)
from selection_assets.partitions import datasets
from selection_assets.stages.samples.embeddings_csv import write_embeddings_csv
from selection_assets.stages.selection.engine import select
from selection_assets.stages.selection.goals.goal_reports import goal_reports
from selection_assets.stages.selection.goals.pick_reasons import reason_of_picks, with_reasons
from selection_assets.stages.selection.goals.sample_columns import with_columns_of_the_input
from selection_assets.stages.selection.goals.selection_request import (
    BuiltRequest,
    selection_request,
    stopping_conditions,
)
from selection_assets.stages.selection.outcome import DATAPOOL, PRESELECTED, REMOVED, SELECTED, counts, outcome
from selection_assets.stages.selection.removed_samples import removed_samples
from selection_assets.stages.selection.selection_result import SelectionResult

log = logging.getLogger("winnow")


@asset(
    partitions_def=datasets,
    check_specs=[SELECTION_COUNT, MIN_DISTANCE_HELD, PARTITION_OF_THE_INPUT],
    io_manager_key="tables",
    kinds={"numpy"},
    code_version="2",
)
def selected_samples(
    config: SelectionConfig,
    checked_samples: pl.DataFrame,
    dedup_sets: pl.DataFrame,
    normalized_embeddings: pl.DataFrame,
    run_folder: ResourceParam[RunFolder],
) -> Iterator[MaterializeResult[pl.DataFrame]]:
    """Every input sample: selected, removed, duplicate, corrupt, masked, selected before or in the datapool.

    A pick has its order, its reason, what it brought to each goal, and the sample selected before that was nearest.
    `goals` (JSON) tells what each strategy asked for and reached, `stop_reason` why the selection ended.
    """
    config = effective(config, run_folder)
    with step(run_folder, "selected_samples"):
        vectors = normalized_embeddings["embedding"].to_numpy()
        samples = with_columns_of_the_input(normalized_embeddings, checked_samples, dedup_sets)
        built = selection_request(config, samples, vectors, len(checked_samples))
        if conditions := stopping_conditions(config, len(checked_samples)):
            log.info("Sampling dataset with stopping condition: %s", ", ".join(conditions))
        result = select(built.table, vectors, built.request)
        removed = _removed(config, normalized_embeddings, built, result)
        reason = reason_of_picks(built.request.goals, skipped=result.skipped)
        goals = goal_reports(built, result)
        table = outcome(checked_samples, dedup_sets, normalized_embeddings, result.picks, removed, reason)
        table = table.with_columns(stop_reason=pl.lit(result.stop_reason), goals=pl.lit(json.dumps(goals)))
        found = counts(table)
        if not result.skipped:
            log.info("Sampled %d images.", found[SELECTED])
            log.info("The selection ended because: %s.", result.stop_reason)
        _write(run_folder, table, normalized_embeddings, config.dump_sampled_embeddings)
        if built.scores:
            write_embeddings_csv(
                run_folder.path / "data" / "al_score_embeddings.csv",
                normalized_embeddings["filename"],
                vectors,
                normalized_embeddings["label"],
                extra=built.scores,
            )
    yield MaterializeResult(
        value=table,
        check_results=[
            selection_count(table, config),
            min_distance_held(table, config),
            partition_of_the_input(table, checked_samples),
        ],
        metadata={
            **found,
            "stop_reason": result.stop_reason,
            "goals": MetadataValue.json(goals),
            "preview": preview(_picks_in_order(table)),
        },
    )


def _picks_in_order(table: pl.DataFrame) -> pl.DataFrame:
    picks = table.filter(pl.col("status") == SELECTED).sort("order")
    return picks.drop("status", "in_input", "stop_reason", "goals")


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


def _write(run_folder: RunFolder, table: pl.DataFrame, unique: pl.DataFrame, dump_embeddings: bool) -> None:
    """The lists of names, and the embeddings of what is kept; all in the order of the input."""
    kept = table.filter(pl.col("status").is_in([SELECTED, PRESELECTED, DATAPOOL]))["filename"]
    new = table.filter(pl.col("status") == SELECTED)["filename"]
    run_folder.write_lines("filenames/sampled_filenames.txt", kept.to_list())
    run_folder.write_lines("filenames/sampled_filenames_excluding_datapool.txt", new.to_list())
    removed = table.filter(pl.col("status") == REMOVED)
    run_folder.write_lines("filenames/removed_filenames.txt", removed["filename"].to_list())
    with run_folder.writing("removed_samples.csv") as path:
        removed.select(
            "filename", nearest_selected_filename="nearest_selected", distance="distance", reason="reason"
        ).write_csv(path)
    log.info("Writing csv with information about removed samples to %s", run_folder.path / "removed_samples.csv")
    if dump_embeddings:
        rows = np.flatnonzero(unique["filename"].is_in(kept.implode()).to_numpy())
        for name in ("selected_embeddings.csv", "selected_embeddings_including_datapool.csv"):
            path = run_folder.path / "data" / name
            write_embeddings_csv(path, unique["filename"], unique["embedding"].to_numpy(), unique["label"], rows=rows)
