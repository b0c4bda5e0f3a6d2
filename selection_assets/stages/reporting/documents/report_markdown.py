"""What a reader in a hurry needs of a report, as Markdown for the page of a run."""

from collections.abc import Mapping
from typing import Any

from selection_assets.stages.reporting.documents.template_environment import count, decimal
from selection_assets.stages.reporting.markdown_text import markdown_text

SENTENCE = 400  # characters
STATISTICS = {"n": "Samples", "mean": "Mean", "min": "Smallest", "p10": "10th percentile", "p90": "90th percentile"}


def report_markdown(report: Mapping[str, Any]) -> str:
    """The findings, the warnings and the distances before and after; `report` is the dictionary of `build_report`."""
    before, after = report["statistics"]["before"], report["statistics"]["after"]
    lines = [f"* {markdown_text(finding, SENTENCE)}" for finding in report["findings"]]
    if report["warnings"]:
        lines += ["", "**Please note**", ""]
        lines += [f"* {markdown_text(warning, SENTENCE)}" for warning in report["warnings"]]
    lines += ["", "| Pairwise L2 distance | Before | After |", "| --- | ---: | ---: |"]
    for key, name in STATISTICS.items():
        shown = [count(part[key]) if key == "n" else decimal(part[key], 4) for part in (before, after)]
        lines.append(f"| {name} | {shown[0]} | {shown[1]} |")
    return "\n".join(lines)
