"""The assets `plots` and `report`: what happened, for people (PDF, HTML, PNG) and for programs (JSON)."""

import logging
from datetime import datetime
from functools import partial
from importlib.metadata import version

from configs.run_settings import plain
from configs.stages.check import CheckConfig
from configs.stages.report import ReportConfig
from resources.datasource import Datasource
from resources.run import Run
from resources.run_folder import RunFolder
from resources.tables import Table
from resources.thumbnail_packs import ThumbnailPacks
from selection_assets.assets.report_outputs import report_outputs
from selection_assets.assets.step import Made, Output, step
from selection_assets.stages.checking.check_samples import thumbnail_of
from selection_assets.stages.reporting.documents.savings import SavingsAssumptions
from selection_assets.stages.reporting.documents.write_report import write_report
from selection_assets.stages.reporting.facts.build_facts import ThisRun, build_facts
from selection_assets.stages.reporting.facts.thumbnails import thumbnail_lookup

log = logging.getLogger("winnow")


@step(
    "report",
    {
        "plots": Output("The plots of the run folder.", {"seaborn"}),
        "report": Output("The report, as one JSON text.", {"weasyprint", "json"}, "2"),
    },
)
def report(
    config: ReportConfig,
    check: CheckConfig,
    input_samples: Table,
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
    tables = {
        "input_samples": input_samples,
        "checked_samples": checked_samples,
        "checkpoint": checkpoint,
        "embeddings": embeddings,
        "dedup_sets": dedup_sets,
        "normalized_embeddings": normalized_embeddings,
        "selected_samples": selected_samples,
    }
    keys = dict(thumbnails.frame.select("filename", "content_key").rows())
    packed = thumbnail_packs.of(run.dataset, thumbnails)
    read = partial(datasource.input_store.get, max_bytes=check.max_file_bytes) if datasource.input_dir else None
    facts = build_facts(
        ThisRun(
            version=version("winnow"),
            dataset=run.dataset,
            run_id=run.id,
            started=run.started,
            settings={stage: plain(settings) for stage, settings in run.settings.items()},
        ),
        checked_samples.frame,
        normalized_embeddings.frame,
        selected_samples.frame,
        {name: {**table.facts, **table.figures} for name, table in tables.items()},
        thumbnail_lookup(
            keys,
            lambda name: packed.jpegs([keys[name]]).get(keys[name]),
            partial(thumbnail_of, read=read, config=check) if read else None,
        ),
        datetime.now().astimezone(),
    )
    written = write_report(
        facts,
        folder.path,
        n_example_images=config.n_example_images,
        memory_requirement_in_gb=config.memory_requirement_in_GB,
        assumptions=SavingsAssumptions(**plain(config.savings)),
    )
    log.info("Done!")
    return report_outputs(written, folder.path / "plots")
