"""From the tables of a run, and the facts that travel with them, to what the report is told.

Belongs here: which column and which fact becomes which number of the report. Does not belong here: reading tables, and
anything about the run that writes the report beyond its name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import polars as pl

from configs.errors import InputError
from configs.stages.selection import SelectionConfig
from configs.validated import validated
from selection_assets.stages.reporting.facts.report_facts import (
    CorruptSample,
    Counts,
    DatapoolChange,
    Embedding,
    Job,
    ReportFacts,
    Samples,
    Selection,
    Thumbnail,
    Training,
)
from selection_assets.stages.reporting.facts.steps import (
    shown_options,
    shown_settings,
    steps_of,
    timings,
    warnings,
)
from selection_assets.stages.selection.outcome import CORRUPT, DATAPOOL, GAIN, MASKED, PRESELECTED, SELECTED, counts

METRICS = ("width", "height", "sharpness", "snr")
GIVEN_VECTORS = "see the run that made the embeddings"


@dataclass(frozen=True, kw_only=True)
class ThisRun:
    """The run that writes the report.

    Attributes:
        version: of the product.
        started: with a time zone.
        settings: plain values by stage and resource; shown where no table tells its own.
        warnings: of this run.
    """

    version: str
    dataset: str
    run_id: str
    started: datetime
    settings: Mapping[str, Mapping[str, Any]]
    warnings: Sequence[str] = ()


def build_facts(
    run: ThisRun,
    checked: pl.DataFrame,
    unique: pl.DataFrame,
    selected: pl.DataFrame,
    table_facts: Mapping[str, Mapping[str, Any]],
    thumbnail: Thumbnail,
    ended: datetime,
) -> ReportFacts:
    """What the report is told.

    Args:
        run: that writes it.
        checked: the table `checked_samples`: filename, width, height, sharpness, snr.
        unique: `normalized_embeddings`: filename, label, datapool, embedding.
        selected: `selected_samples` (`outcome`): what became of every sample.
        table_facts: the facts of each table by its name: `step` of all (`steps_of`), `training` of `checkpoint`,
            `embedding` of `embeddings`, and config, goals and stop_reason of `selected_samples`.
        thumbnail: gives the JPEG of a file name, or None.
        ended: now, with a time zone.

    Raises:
        InputError: the selection was made with settings that this version does not know.
    """
    steps = steps_of(table_facts)
    settings = shown_settings(steps, run.settings)
    # What became of each unique sample; every row of `unique` is in `selected`, unless that one is older.
    became = unique.select("filename").join(selected, on="filename", how="left", maintain_order="left")
    found = counts(selected)
    return ReportFacts(
        job=Job(
            version=run.version,
            dataset=run.dataset,
            run_id=run.run_id,
            started_at=run.started.isoformat(timespec="seconds"),
            ended_at=ended.isoformat(timespec="seconds"),
            duration_seconds=(ended - run.started).total_seconds(),
            files_processed=found["input"],
            input_dir=str(settings.get("datasource", {}).get("input_dir", "")),
        ),
        counts=Counts(
            input=found["input"],
            corrupt=found["corrupt"],
            duplicates=found["duplicate"],
            masked=found["masked"],
            preselected=found["preselected"],
            datapool=found["datapool"],
            selected=found["selected"],
            removed=found["removed"],
        ),
        datapool=datapool_change(settings.get("datapool", {}), selected),
        selection=selection_facts(became, table_facts.get("selected_samples", {})),
        samples=samples_of(unique, became),
        embedding=embedding_facts(unique, table_facts.get("embeddings", {}).get("embedding")),
        training=training_facts(table_facts.get("checkpoint", {}).get("training")),
        corrupt=[
            CorruptSample(filename=filename, reason=reason)
            for filename, reason in selected.filter(pl.col("status") == CORRUPT)
            .select("filename", "reason")
            .iter_rows()
        ],
        options=shown_options(settings),
        config=settings,
        timings=timings(steps),
        warnings=warnings(steps, run.warnings),
        image_metrics=unique.select("filename")
        .join(checked.select("filename", *METRICS), on="filename", how="left", maintain_order="left")
        .drop("filename"),
        thumbnail=thumbnail,
    )


def samples_of(unique: pl.DataFrame, became: pl.DataFrame) -> Samples:
    """The rows of `unique`, each with the state that the row of `became` beside it tells."""
    status = became["status"]
    return Samples(
        filenames=unique["filename"].to_list(),
        embeddings=unique["embedding"].to_numpy(),
        selected=status.eq_missing(SELECTED).to_numpy(),
        preselected=status.eq_missing(PRESELECTED).to_numpy(),
        datapool=unique["datapool"].to_numpy(),
        masked=status.eq_missing(MASKED).to_numpy(),
        labels=unique["label"].cast(pl.String).to_list(),
    )


def selection_facts(became: pl.DataFrame, facts: Mapping[str, Any]) -> Selection:
    """What was asked for, how it ended, and the picks in their order; rows are those of `became`.

    facts: of the table `selected_samples`: config (plain values of `SelectionConfig`), goals and stop_reason.
    """
    try:
        config = validated(SelectionConfig, facts["config"], "selected_samples")
    except InputError as error:
        raise InputError(f"{error}: another version made this selection; materialise selected_samples again") from error
    picks = became.with_row_index("row").filter(pl.col("order").is_not_null()).sort("order")
    return Selection(
        method="" if config.strategies else config.method,
        strategies=facts["goals"],
        stop_reason=facts["stop_reason"],
        n_samples=config.asked,
        min_distance=config.min_distance,
        pick_rows=picks["row"].cast(pl.Int64).to_numpy(),
        pick_distances=picks["distance"].cast(pl.Float32).fill_null(float("nan")).to_numpy(),
        pick_nearest=picks["nearest_selected"].to_list(),
        pick_gains={
            name.removeprefix(GAIN): picks[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
            for name in picks.columns
            if name.startswith(GAIN)
        },
    )


def datapool_change(settings: Mapping[str, Any], selected: pl.DataFrame) -> DatapoolChange | None:
    """What the run does to its datapool, when all goes well until the end; None for a run without one.

    settings: plain values of `DatapoolConfig`.
    """
    before = selected.filter(pl.col("status") == DATAPOOL)
    name, update = settings.get("name", ""), settings.get("enable_datapool_update", True)
    if not name or (before.is_empty() and not update):
        return None
    added = int(selected["status"].is_in([SELECTED, PRESELECTED]).sum()) if update else 0
    return DatapoolChange(
        name=name,
        size_before=len(before),
        in_input=int(before["in_input"].sum()),
        added=added,
        size_after=len(before) + added,
    )


def embedding_facts(unique: pl.DataFrame, facts: Mapping[str, Any] | None) -> Embedding:
    """How the vectors were made: the facts of the table `embeddings`, None where they were read from a file."""
    told = facts or {}
    return Embedding(
        model=str(told.get("model") or GIVEN_VECTORS),
        dimensions=unique.schema["embedding"].shape[0],  # type: ignore[attr-defined]
        input_size=told.get("input_size"),
        seconds=told.get("seconds"),
        images_per_second=told.get("images_per_second"),
        compute_efficiency=told.get("compute_efficiency"),
    )


def training_facts(facts: Mapping[str, Any] | None) -> Training | None:
    """How the model was trained: the facts of the table `checkpoint`; None where it was not."""
    if not facts:
        return None
    return Training(**{field.name: facts[field.name] for field in fields(Training)})
