"""The assets `plots` and `report`: what happened, for people (PDF, HTML, PNG) and for programs (JSON)."""

import json
import logging
from datetime import datetime
from functools import partial
from importlib.metadata import version

from dagster import MetadataValue

from configs.run_settings import plain
from configs.stages.check import CheckConfig
from configs.stages.report import ReportConfig
from resources.datasource import Datasource
from resources.run import Run
from resources.run_folder import RunFolder
from resources.tables import Table
from resources.thumbnail_packs import ThumbnailPacks
from selection_assets.assets.step import Made, Output, step
from selection_assets.stages.checking.check_samples import thumbnail_of
from selection_assets.stages.reporting.documents.report_tables import content_table, counts_table
from selection_assets.stages.reporting.documents.savings import SavingsAssumptions
from selection_assets.stages.reporting.documents.write_report import write_report
from selection_assets.stages.reporting.facts.build_facts import ThisRun, build_facts
from selection_assets.stages.reporting.facts.steps import typed_settings
from selection_assets.stages.reporting.facts.thumbnails import thumbnail_lookup
from selection_assets.stages.reporting.plots.plots_table import plots_table

log = logging.getLogger("winnow")


@step(
    "report",
    {
        "plots": Output("The plots of the run folder.", {"matplotlib"}),
        "report": Output("The report, as one JSON text.", {"pdf", "json"}, "2"),
    },
)
def report(
    config: ReportConfig,
    check: CheckConfig,
    checked_samples: Table,
    thumbnails: Table,
    checkpoint: Table,
    embeddings: Table,
    dedup_sets: Table,
    normalized_embeddings: Table,
    selected_samples: Table,
    datasource: Datasource,
    run: Run,
    folder: RunFolder,
    thumbnail_packs: ThumbnailPacks,
) -> dict[str, Made]:
    """Statistics before and after, plots, examples, savings: report.json, report.pdf, report.html and plots/."""
    told = {
        "checked_samples": checked_samples.told, "checkpoint": checkpoint.told, "embeddings": embeddings.told,
        "dedup_sets": dedup_sets.told, "normalized_embeddings": normalized_embeddings.told,
        "selected_samples": selected_samples.told,
    }  # fmt: skip
    settings = {stage: plain(each) for stage, each in run.settings.items()}
    read = partial(datasource.input_store.get, max_bytes=check.max_file_bytes) if datasource.input_dir else None
    thumbnail = thumbnail_lookup(
        dict(thumbnails.frame.select("filename", "content_key").rows()),
        thumbnail_packs.of(run.dataset, thumbnails).jpegs,
        partial(thumbnail_of, read=read, config=check) if read else None,
    )
    frames = (checked_samples.frame, normalized_embeddings.frame, selected_samples.frame)
    facts = build_facts(
        ThisRun(version=version("winnow"), dataset=run.dataset, run_id=run.id, started=run.started, settings=settings),
        *frames,
        {"input_samples": told["checked_samples"].get("input_samples", {}), **told},
        thumbnail,
        datetime.now().astimezone(),
    )
    written = write_report(
        facts,
        folder.path,
        n_example_images=config.n_example_images,
        memory_requirement_in_gb=config.memory_requirement_in_GB,
        assumptions=SavingsAssumptions(**plain(config.savings)),
    )
    folder.write_settings(typed_settings(facts.config)[0])
    log.info("Done!")
    pages = {f"open_{kind}": MetadataValue.url(f"/winnow/{run.id}/report.{kind}") for kind in ("pdf", "html")}
    plots = MetadataValue.path(folder.place(folder.path / "plots"))
    paths = {kind: MetadataValue.path(folder.place(path)) for kind, path in written.files.items()}
    return {
        "plots": Made(
            plots_table(written.plots).drop("path"),
            figures={"folder": plots.path},
            metadata={"overview": MetadataValue.md(written.overview_markdown), "folder": plots},
        ),
        "report": Made(
            content_table(written.report),
            figures={"report": json.dumps(written.report)},
            metadata={**pages, **paths, **written.report["counts"]},
            preview=counts_table(written.report),
        ),
    }
