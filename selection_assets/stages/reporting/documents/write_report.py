"""The whole report of a run, in order: analysis, plots, JSON, HTML, PDF, removed samples."""

import dataclasses
import logging
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from selection_assets.stages.reporting.analysis.analyse import Analysis, analyse
from selection_assets.stages.reporting.documents.report_html import write_report_html
from selection_assets.stages.reporting.documents.report_json import build_report, write_report_json
from selection_assets.stages.reporting.documents.report_pdf import write_report_pdf
from selection_assets.stages.reporting.documents.report_pictures import report_pictures
from selection_assets.stages.reporting.documents.savings import SavingsAssumptions
from selection_assets.stages.reporting.facts.report_facts import ReportFacts
from selection_assets.stages.reporting.helper_process import DRAWING, cool_down
from selection_assets.stages.reporting.markdown_text import markdown_picture
from selection_assets.stages.reporting.plots.draw_plots import draw_plots
from selection_assets.stages.reporting.plots.overview_picture import MIME, overview_picture
from selection_assets.stages.reporting.plots.plot import Plot

log = logging.getLogger("winnow")


@dataclass(frozen=True)
class WrittenReport:
    """What was written, and the values inside. `overview` is one picture of all plots (`overview_picture`)."""

    report: dict[str, Any]
    analysis: Analysis
    plots: list[Plot]
    json_path: Path
    html_path: Path
    pdf_path: Path
    overview: bytes = b""

    @property
    def files(self) -> dict[str, Path]:
        return {"pdf": self.pdf_path, "html": self.html_path, "json": self.json_path}

    @property
    def overview_markdown(self) -> str:
        return markdown_picture("all plots", self.overview, MIME)


def write_report(
    facts: ReportFacts,
    run_dir: Path,
    n_example_images: int = 6,
    memory_requirement_in_gb: float = 2.0,
    assumptions: SavingsAssumptions = SavingsAssumptions(),  # noqa: B008 - frozen
    seed: int = 0,
) -> WrittenReport:
    """Write `plots/*.png`, `report.json`, `report.html` and `report.pdf` into `run_dir`, each whole or not at all.

    Arguments are those of `analyse` and `build_report`. Call `helper_process.warm_up()` early in the run to have the
    slow libraries loaded by now.

    Raises:
        InputError: when the PDF cannot be set because Pango is missing; the other files are written by then.
    """
    try:
        log.info("Writing report to %s.", run_dir / "report.pdf")
        facts = dataclasses.replace(facts, thumbnail=cache(facts.thumbnail))  # plots and pages show the same pictures
        analysis = analyse(facts, n_example_images, memory_requirement_in_gb, seed)
        plots = draw_plots(facts, analysis, run_dir / "plots")
        report = build_report(facts, analysis, plots, run_dir, assumptions)
        pictures = report_pictures(facts, report, plots)
        overview = DRAWING.submit(overview_picture, plots)  # while the pages are set
        json_path, html_path, pdf_path = (run_dir / f"report.{kind}" for kind in ("json", "html", "pdf"))
        write_report_json(json_path, report)
        write_report_html(html_path, report, pictures)
        write_report_pdf(pdf_path, report, pictures)
        return WrittenReport(report, analysis, plots, json_path, html_path, pdf_path, overview.result())
    finally:
        cool_down()
