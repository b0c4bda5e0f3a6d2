"""The assets `plots` and `report`: what happened, for people (PDF, HTML, PNG) and for programs (JSON)."""

import base64
import io
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl
from dagster import AssetOut, MaterializeResult, MetadataValue, ResourceParam, multi_asset
from PIL import Image

from configs.run_settings import plain
from configs.spellings.flat_options import flat_values
from configs.stages.check import CheckConfig
from configs.stages.datapool import DatapoolConfig
from configs.stages.report import ReportConfig
from configs.stages.selection import SelectionConfig
from resources.datasource import Datasource
from resources.run_folder import RunFolder
from resources.sample_cache import SampleCache
from resources.stores.local_store import LocalStore
from selection_assets.assets.checked_samples import VERDICTS
from selection_assets.assets.step import effective, settings_of, step
from selection_assets.partitions import datasets
from selection_assets.stages.checking.check_pool import check_images
from selection_assets.stages.reporting.report_facts import (
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
from selection_assets.stages.reporting.savings import SavingsAssumptions
from selection_assets.stages.reporting.write_report import WrittenReport, write_report
from selection_assets.stages.selection.outcome import CORRUPT, DATAPOOL, GAIN, MASKED, PRESELECTED, SELECTED, counts
from selection_assets.stages.training.training_result import read_result

log = logging.getLogger("winnow")

INLINE_BYTES = 150_000  # of one picture in the metadata: Dagster keeps it in its database


@multi_asset(
    outs={
        "plots": AssetOut(io_manager_key="tables", kinds={"seaborn"}, description="The plots of the run folder."),
        "report": AssetOut(
            io_manager_key="tables",
            kinds={"weasyprint"},
            description="The report, as one JSON text.",
        ),
    },
    name="report",
    partitions_def=datasets,
)
def report(
    config: ReportConfig,
    checked_samples: pl.DataFrame,
    thumbnails: pl.DataFrame,
    checkpoint: pl.DataFrame,
    normalized_embeddings: pl.DataFrame,
    selected_samples: pl.DataFrame,
    datasource: ResourceParam[Datasource],
    run_folder: ResourceParam[RunFolder],
    sample_cache: ResourceParam[SampleCache],
) -> Iterator[MaterializeResult[pl.DataFrame]]:
    """Statistics before and after, plots, examples, savings: report.json, report.pdf, report.html and plots/."""
    config = effective(config, run_folder)
    with step(run_folder, "report"):
        thumbnail = _thumbnail(thumbnails, datasource, run_folder, sample_cache)
        facts = _facts(checked_samples, normalized_embeddings, selected_samples, datasource, run_folder, thumbnail)
        facts = replace(facts, training=_training(checkpoint))
        written = write_report(
            facts,
            run_folder.path,
            n_example_images=config.n_example_images,
            memory_requirement_in_gb=config.memory_requirement_in_GB,
            assumptions=SavingsAssumptions(**plain(config.savings)),
        )
    log.info("Done!")
    yield _plots(written)
    yield _report(written)


def _facts(
    checked: pl.DataFrame,
    unique: pl.DataFrame,
    selected: pl.DataFrame,
    datasource: Datasource,
    run_folder: RunFolder,
    thumbnail: Thumbnail,
) -> ReportFacts:
    told = selected.drop("label", "reason", "in_input", "stop_reason", "goals")
    seen = unique.select("filename").join(told, on="filename", how="left", maintain_order="left")
    ordered = seen.with_row_index("row").filter(pl.col("order").is_not_null()).sort("order")
    ended = datetime.now().astimezone()
    selection = settings_of(run_folder, SelectionConfig)
    found = counts(selected)
    corrupt = selected.filter(pl.col("status") == CORRUPT)
    embedding = run_folder.figures.get("embedding", {})
    metrics = unique.select("filename").join(
        checked.select("filename", "width", "height", "sharpness", "snr"),
        on="filename",
        how="left",
        maintain_order="left",
    )
    return ReportFacts(
        job=Job(
            version=version("winnow"),
            dataset=run_folder.dataset,
            run_id=run_folder.run_id,
            started_at=run_folder.started.isoformat(timespec="seconds"),
            ended_at=ended.isoformat(timespec="seconds"),
            duration_seconds=(ended - run_folder.started).total_seconds(),
            files_processed=found["input"],
            input_dir=datasource.input_dir,
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
        datapool=_datapool(settings_of(run_folder, DatapoolConfig), selected),
        selection=Selection(
            method="" if selection.strategies else selection.method,
            strategies=json.loads(selected["goals"][0]),
            stop_reason=selected["stop_reason"][0],
            n_samples=selection.asked,
            min_distance=selection.min_distance,
            pick_rows=ordered["row"].cast(pl.Int64).to_numpy(),
            pick_distances=ordered["distance"].cast(pl.Float32).fill_null(float("nan")).to_numpy(),
            pick_nearest=ordered["nearest_selected"].to_list(),
            pick_gains={
                name.removeprefix(GAIN): ordered[name].fill_null(float("nan")).to_numpy()
                for name in ordered.columns
                if name.startswith(GAIN)
            },
        ),
        samples=Samples(
            filenames=unique["filename"].to_list(),
            embeddings=unique["embedding"].to_numpy(),
            selected=(seen["status"] == SELECTED).to_numpy(),
            preselected=(seen["status"] == PRESELECTED).to_numpy(),
            datapool=unique["datapool"].to_numpy(),
            masked=(seen["status"] == MASKED).to_numpy(),
            labels=unique["label_number"].to_numpy(),
            label_names=dict(unique.select("label_number", "label").unique().iter_rows()),
        ),
        embedding=Embedding(
            model=str(embedding.get("model", "see the run that made the embeddings")),
            dimensions=unique.schema["embedding"].shape[0],  # type: ignore[attr-defined]
            input_size=embedding.get("input_size"),
            seconds=embedding.get("seconds"),
            images_per_second=embedding.get("images_per_second"),
            compute_efficiency=embedding.get("compute_efficiency"),
        ),
        corrupt=[
            CorruptSample(filename=name, reason=why) for name, why in corrupt.select("filename", "reason").iter_rows()
        ],
        options=flat_values(run_folder.settings),
        config={stage: plain(settings) for stage, settings in run_folder.settings.items()},
        timings=run_folder.timings,
        warnings=run_folder.warnings,
        image_metrics=metrics.drop("filename"),
        thumbnail=thumbnail,
    )


def _datapool(config: DatapoolConfig, selected: pl.DataFrame) -> DatapoolChange | None:
    """What the run does to its datapool, when all goes well until the end."""
    before = selected.filter(pl.col("status") == DATAPOOL)
    if not config.name or (before.is_empty() and not config.enable_datapool_update):
        return None
    kept = int(selected["status"].is_in([SELECTED, PRESELECTED]).sum())
    added = kept if config.enable_datapool_update else 0
    return DatapoolChange(
        name=config.name,
        size_before=len(before),
        in_input=int(before["in_input"].sum()),
        added=added,
        size_after=len(before) + added,
    )


def _training(checkpoint: pl.DataFrame) -> Training | None:
    """How the model was trained, by this run or an earlier one; None where it was not, or its folder is gone."""
    model = checkpoint.row(0, named=True) if len(checkpoint) else {}
    result = read_result(Path(model["file"]).parent) if model.get("file") else None
    if result is None:
        return None
    return Training(
        source=str(model["source"]),
        checkpoint=result.best,
        losses=[epoch.loss for epoch in result.epochs],
        best_epoch=result.best_epoch,
        images=result.images,
        batch_size=result.batch_size,
        device=result.device,
        precision=result.precision,
        seconds=result.seconds,
        images_per_second=result.images_per_second,
        loading_share=result.loading_share,
    )


def _thumbnail(
    thumbnails: pl.DataFrame, datasource: Datasource, run_folder: RunFolder, cache: SampleCache
) -> Thumbnail:
    """File name -> JPEG: from the cache; for samples of an embeddings file from the input folder, if they are there."""
    keys = dict(thumbnails.select("filename", "content_key").iter_rows())
    config = settings_of(run_folder, CheckConfig)

    def thumbnail(filename: str) -> bytes | None:
        if filename in keys:
            return cache.get_many("thumbnails", VERDICTS, [keys[filename]]).get(keys[filename])
        if not datasource.input_dir:
            return None
        store = LocalStore(datasource.input_folder)
        (result,) = check_images(
            [filename],
            lambda name: store.get(name, config.max_file_bytes),
            thumbnail_size=config.thumbnail_size,
            max_pixels=config.max_pixels,
            max_bytes=config.max_file_bytes,
            timeout_s=config.decode_timeout_seconds,
            num_workers=1,
            num_readers=1,
        )
        return result.check.thumbnail

    return thumbnail


def _plots(written: WrittenReport) -> MaterializeResult[pl.DataFrame]:
    table = pl.DataFrame(
        [(plot.name, plot.title, plot.caption, str(plot.path)) for plot in written.plots],
        schema={"name": pl.String, "title": pl.String, "caption": pl.String, "path": pl.String},
        orient="row",
    )
    inline = {plot.name: _inline(plot.path) for plot in written.plots}
    return MaterializeResult(asset_key="plots", value=table, metadata=inline)


def _inline(path: Path) -> MetadataValue:
    data, kind = path.read_bytes(), "png"
    if len(data) > INLINE_BYTES:  # photographs
        with Image.open(path) as picture, io.BytesIO() as small:
            picture.thumbnail((900, 900))
            picture.convert("RGB").save(small, "JPEG", quality=80)
            data, kind = small.getvalue(), "jpeg"
    if len(data) > INLINE_BYTES:
        return MetadataValue.path(path)
    return MetadataValue.md(f"![{path.stem}](data:image/{kind};base64,{base64.b64encode(data).decode()})")


def _report(written: WrittenReport) -> MaterializeResult[pl.DataFrame]:
    numbers: dict[str, Any] = dict(written.report["counts"])
    return MaterializeResult(
        asset_key="report",
        value=pl.DataFrame({"json": [json.dumps(written.report)]}),
        metadata={
            "pdf": MetadataValue.path(written.pdf_path),
            "html": MetadataValue.path(written.html_path),
            "json": MetadataValue.path(written.json_path),
            **numbers,
        },
    )
