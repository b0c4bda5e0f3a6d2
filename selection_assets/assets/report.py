"""The assets `plots` and `report`: what happened, for people (PDF, HTML, PNG) and for programs (JSON)."""

import base64
import json
import logging
from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl
from dagster import AssetOut, MaterializeResult, MetadataValue, ResourceParam, multi_asset

from configs.run_settings import plain
from configs.stages.check import CheckConfig
from configs.stages.report import ReportConfig
from resources.datasource import Datasource
from resources.run_folder import RunFolder
from resources.sample_cache import SampleCache
from selection_assets.assets.checked_samples import VERDICTS
from selection_assets.assets.step import effective, settings_of, step
from selection_assets.partitions import datasets
from selection_assets.stages.checking.check_pool import check_images
from selection_assets.stages.pictures.file_reading import read_regular_file
from selection_assets.stages.reporting.documents.report_markdown import report_markdown
from selection_assets.stages.reporting.documents.savings import SavingsAssumptions
from selection_assets.stages.reporting.documents.write_report import WrittenReport, write_report
from selection_assets.stages.reporting.facts.build_facts import ThisRun, build_facts
from selection_assets.stages.reporting.facts.report_facts import (
    ReportFacts,
    Thumbnail,
)
from selection_assets.stages.reporting.facts.thumbnails import thumbnail_lookup
from selection_assets.stages.reporting.plots.overview_picture import MIME
from selection_assets.stages.reporting.plots.plots_table import plots_table
from selection_assets.stages.samples.sample_table import label_names
from selection_assets.stages.training.training_result import read_result

log = logging.getLogger("winnow")


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
        written = write_report(
            _facts(
                checked_samples,
                checkpoint,
                normalized_embeddings,
                selected_samples,
                run_folder,
                _thumbnail(thumbnails, datasource, run_folder, sample_cache),
            ),
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
    checkpoint: pl.DataFrame,
    unique: pl.DataFrame,
    selected: pl.DataFrame,
    run_folder: RunFolder,
    thumbnail: Thumbnail,
) -> ReportFacts:
    names = label_names(unique)
    labelled = unique.with_columns(label=pl.col("label").replace_strict(names, return_dtype=pl.String))
    settings = {stage: plain(config) for stage, config in run_folder.settings.items()}
    facts: dict[str, dict[str, Any]] = {
        name: {"step": {"name": name, "seconds": seconds, "warnings": [], "settings": settings.get(name)}}
        for name, seconds in run_folder.timings.items()
    }
    facts.setdefault("checkpoint", {})["training"] = _training(checkpoint)
    facts.setdefault("embeddings", {})["embedding"] = run_folder.figures.get("embedding")
    facts.setdefault("selected_samples", {}).update(
        config=settings["selected_samples"],
        goals=json.loads(selected["goals"][0]),
        stop_reason=selected["stop_reason"][0],
    )
    return build_facts(
        ThisRun(
            version=version("winnow"),
            dataset=run_folder.dataset,
            run_id=run_folder.run_id,
            started=run_folder.started,
            settings=settings,
            warnings=run_folder.warnings,
        ),
        checked,
        labelled,
        selected,
        facts,
        thumbnail,
        datetime.now().astimezone(),
    )


def _training(checkpoint: pl.DataFrame) -> dict[str, Any] | None:
    """How the model was trained, by this run or an earlier one; None where it was not, or its folder is gone."""
    model = checkpoint.row(0, named=True) if len(checkpoint) else {}
    result = read_result(Path(model["file"]).parent) if model.get("file") else None
    if result is None:
        return None
    return {
        "source": str(model["source"]),
        "checkpoint": result.best,
        "losses": [epoch.loss for epoch in result.epochs],
        "best_epoch": result.best_epoch,
        "images": result.images,
        "batch_size": result.batch_size,
        "device": result.device,
        "precision": result.precision,
        "seconds": result.seconds,
        "images_per_second": result.images_per_second,
        "loading_share": result.loading_share,
    }


def _thumbnail(
    thumbnails: pl.DataFrame, datasource: Datasource, run_folder: RunFolder, cache: SampleCache
) -> Thumbnail:
    """File name -> JPEG: from the cache; for samples of an embeddings file from the input folder, if they are there."""
    keys = dict(thumbnails.select("filename", "content_key").iter_rows())
    config = settings_of(run_folder, CheckConfig)

    def stored(filename: str) -> bytes | None:
        return cache.get_many("thumbnails", VERDICTS, [keys[filename]]).get(keys[filename])

    def from_input(filename: str) -> bytes | None:
        root = datasource.input_folder
        (result,) = check_images(
            [filename],
            lambda name: read_regular_file(root, name, config.max_file_bytes),
            thumbnail_size=config.thumbnail_size,
            max_pixels=config.max_pixels,
            max_bytes=config.max_file_bytes,
            timeout_s=config.decode_timeout_seconds,
            num_workers=1,
            num_readers=1,
        )
        return result.check.thumbnail

    return thumbnail_lookup(keys, stored, from_input if datasource.input_dir else None)


def _plots(written: WrittenReport) -> MaterializeResult[pl.DataFrame]:
    picture = base64.b64encode(written.overview).decode()
    return MaterializeResult(
        asset_key="plots",
        value=plots_table(written.plots),
        metadata={
            "overview": MetadataValue.md(f"![all plots](data:{MIME};base64,{picture})"),
            "folder": MetadataValue.path(written.json_path.parent / "plots"),
        },
    )


def _report(written: WrittenReport) -> MaterializeResult[pl.DataFrame]:
    numbers: dict[str, Any] = dict(written.report["counts"])
    return MaterializeResult(
        asset_key="report",
        value=pl.DataFrame({"json": [json.dumps(written.report)]}),
        metadata={
            "summary": MetadataValue.md(report_markdown(written.report)),
            "pdf": MetadataValue.path(written.pdf_path),
            "html": MetadataValue.path(written.html_path),
            "json": MetadataValue.path(written.json_path),
            **numbers,
        },
    )
