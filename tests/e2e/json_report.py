"""A report in a tenth of the time, for tests that only look at its numbers."""

from pathlib import Path
from typing import Any

from selection_assets.stages.reporting.analysis.analyse import analyse
from selection_assets.stages.reporting.documents.report_json import build_report, write_report_json
from selection_assets.stages.reporting.documents.write_report import WrittenReport
from selection_assets.stages.reporting.facts.report_facts import ReportFacts

WRITE_REPORT = "selection_assets.assets.report.write_report"  # what to put `write_json_report` in place of


def write_json_report(facts: ReportFacts, run_dir: Path, **_: Any) -> WrittenReport:
    """`report.json` alone, without pictures and pages."""
    analysis = analyse(facts)
    report = build_report(facts, analysis, [], run_dir)
    write_report_json(run_dir / "report.json", report)
    return WrittenReport(report, analysis, [], *(run_dir / f"report.{kind}" for kind in ("json", "html", "pdf")))
