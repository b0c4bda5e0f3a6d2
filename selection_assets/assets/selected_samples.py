"""The asset `selected_samples`: what became of every sample, and which ones are worth labelling."""

import logging
from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from dagster import MaterializeResult, ResourceParam, asset
from numpy.typing import NDArray

from configs.errors import InputError
from configs.selection_config import SelectionConfig
from resources.run_folder import RunFolder
from selection_assets.assets.input_samples import EXTRA
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
from selection_assets.stages.embedding.embeddings_csv import write_embeddings_csv
from selection_assets.stages.reporting.removed_samples import removed_samples
from selection_assets.stages.selection.engine import select
from selection_assets.stages.selection.farthest_point import farthest_point
from selection_assets.stages.selection.outcome import PRESELECTED, REMOVED, SELECTED, counts, outcome
from selection_assets.stages.selection.picks import Picks
from selection_assets.stages.selection.random_selection import random_selection
from selection_assets.stages.selection.strategies import (
    Diversity,
    Embeddings,
    Goal,
    Scores,
    SelectionRequest,
    Weights,
)
from selection_assets.stages.selection.target_size import SKIPPED, TargetSize, target_size

log = logging.getLogger("winnow")

REASONS = {
    "coreset": "farthest from everything selected before it",
    "random": "random choice",
    "coral": "far from everything selected before it, and a high score",
    "skipped": "all remaining samples are kept",
}


@asset(
    partitions_def=datasets,
    check_specs=[SELECTION_COUNT, MIN_DISTANCE_HELD, PARTITION_OF_THE_INPUT],
    io_manager_key="tables",
    kinds={"numpy"},
    code_version="1",
)
def selected_samples(
    config: SelectionConfig,
    checked_samples: pl.DataFrame,
    dedup_sets: pl.DataFrame,
    normalized_embeddings: pl.DataFrame,
    run_folder: ResourceParam[RunFolder],
) -> Iterator[MaterializeResult[pl.DataFrame]]:
    """Every input sample: selected, removed, duplicate, corrupt, masked or selected before; with order and reason."""
    config = effective(config, run_folder)
    with step(run_folder, "selected_samples"):
        vectors = normalized_embeddings["embedding"].to_numpy()
        target = _target(config, len(checked_samples), normalized_embeddings)
        scores = _scores(config, checked_samples, normalized_embeddings) if config.method == "coral" else None
        picks = _picks(config, target, vectors, normalized_embeddings, scores)
        removed = _removed(vectors, picks, normalized_embeddings, config.stopping_condition.min_distance)
        reason = REASONS["skipped" if target.skip else config.method]
        table = outcome(checked_samples, dedup_sets, normalized_embeddings, picks, removed, reason)
        table = table.with_columns(stop_reason=pl.lit(picks.stop_reason))
        found = counts(table)
        if not target.skip:
            log.info("Sampled %d images.", found[SELECTED])
        _write(run_folder, table, normalized_embeddings, config.dump_sampled_embeddings)
        if scores is not None:
            write_embeddings_csv(
                run_folder.path / "data" / "al_score_embeddings.csv",
                normalized_embeddings["filename"],
                vectors,
                normalized_embeddings["label"],
                extra={config.active_learning_score_column_name: scores.to_numpy()},
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
            "stop_reason": picks.stop_reason,
            "preview": preview(table.filter(pl.col("status") == SELECTED)),
        },
    )


def _target(config: SelectionConfig, n_input: int, unique: pl.DataFrame) -> TargetSize:
    condition = config.stopping_condition
    target = target_size(
        condition.asked,
        n_input=n_input,
        n_remaining=int((~unique["masked"]).sum()),
        n_preselected=int((unique["preselected"] & ~unique["masked"]).sum()),
        min_distance=condition.min_distance,
    )
    stops = []
    if target.total is not None and condition.asked is not None:
        stops.append(f"n_samples={target.total if not target.skip else _asked_count(condition.asked, n_input)}")
    if condition.min_distance is not None:
        stops.append(f"min_distance={condition.min_distance:g}")
    if stops:
        log.info("Sampling dataset with stopping condition: %s", ", ".join(stops))
    for message in target.messages:
        log.info("%s", message)
    for warning in target.warnings:
        log.warning("%s", warning)
    return target


def _asked_count(asked: int | float, n_input: int) -> int:
    return asked if isinstance(asked, int) else int(asked * n_input)


def _scores(config: SelectionConfig, checked: pl.DataFrame, unique: pl.DataFrame) -> pl.Series:
    """The score of every unique sample. Raises InputError where there is none, or one that is no share."""
    name = config.active_learning_score_column_name
    option = f"method=coral, active_learning_score_column_name={name}"
    columns = [column.removeprefix(EXTRA) for column in checked.columns if column.startswith(EXTRA)]
    if name not in columns:
        found = f"its columns behind labels are {', '.join(columns)}" if columns else "there is no column behind labels"
        raise InputError(f"{option}: scores come from a column of an embeddings file (embeddings=…); {found}")
    column = checked.select("filename", score=f"{EXTRA}{name}")
    scores = unique.select("filename").join(column, on="filename", how="left", maintain_order="left")["score"]
    if not scores.dtype.is_numeric() or scores.has_nulls() or not scores.is_between(0, 1).all():
        values = scores.cast(pl.Float64, strict=False)
        bad = int((values.is_null() | ~values.is_between(0, 1).fill_null(False)).arg_true()[0])
        raise InputError(
            f"{option}: the score of {unique['filename'][bad]} is {scores[bad]!r}; give a number from 0 to 1"
        )
    return scores.cast(pl.Float64)


def _picks(
    config: SelectionConfig,
    target: TargetSize,
    vectors: NDArray[np.float32],
    unique: pl.DataFrame,
    scores: pl.Series | None,
) -> Picks:
    candidates = (~unique["masked"] & ~unique["preselected"]).to_numpy()
    if target.skip:
        rows = np.flatnonzero(candidates)
        nothing = np.full(len(rows), np.nan)
        stop = (
            target.messages[0] if SKIPPED in target.messages else "all samples are kept: no stopping condition was set"
        )
        return Picks(rows, nothing, np.full(len(rows), -1), stop)
    preselected = np.flatnonzero((unique["preselected"] & ~unique["masked"]).to_numpy())
    conditions: dict[str, Any] = {"n_samples": target.new_picks, "min_distance": config.stopping_condition.min_distance}
    if config.method == "random":
        return random_selection(
            vectors, len(vectors), **conditions, preselected=preselected, candidates=candidates, seed=config.seed
        )
    if scores is not None:
        name = config.active_learning_score_column_name
        request = SelectionRequest(
            goals=(Goal(Embeddings(), Diversity()), Goal(Scores(name), Weights())),
            n_samples=target.total,
            candidates=candidates,
            preselected=preselected,
            min_spacing=config.stopping_condition.min_distance,
            seed=config.seed,
        )
        result = select(pl.DataFrame({name: scores}), vectors, request)
        found = result.picks
        distance, nearest = found["distance"].fill_null(float("nan")), found["nearest"].fill_null(-1)
        return Picks(result.order, distance.to_numpy(), nearest.to_numpy(), result.stop_reason)
    return farthest_point(vectors, **conditions, preselected=preselected, candidates=candidates, seed=config.seed)


def _removed(
    vectors: NDArray[np.float32], picks: Picks, unique: pl.DataFrame, min_distance: float | None
) -> pl.DataFrame:
    """The samples that were not picked, each with the selected one nearest to it."""
    selected = unique["preselected"].to_numpy().copy()
    selected[picks.order] = True
    removed = ~selected & ~unique["masked"].to_numpy()
    return removed_samples(unique["filename"].to_list(), vectors, selected, removed, min_distance)


def _write(run_folder: RunFolder, table: pl.DataFrame, unique: pl.DataFrame, dump_embeddings: bool) -> None:
    """The lists of names, and the embeddings of what is kept; all in the order of the input."""
    kept = table.filter(pl.col("status").is_in([SELECTED, PRESELECTED]))["filename"]
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
