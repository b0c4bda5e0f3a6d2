from selection_assets.stages.reporting.documents.report_markdown import report_markdown
from selection_assets.stages.reporting.documents.write_report import WrittenReport
from tests.stages.reporting.facts_factory import HOSTILE


def test_findings_warnings_and_distances() -> None:
    before = {"n": 1200, "mean": 1.25, "min": 0.0, "p10": 0.5, "p90": 2.0}
    nothing = {"n": 1, "mean": None, "min": None, "p10": None, "p90": None}
    report = {
        "findings": ["1 of 1,200 files.", HOSTILE],
        "warnings": ["a_b | c"],
        "statistics": {"before": before, "after": nothing},
    }
    assert report_markdown(report).splitlines() == [
        "* 1 of 1,200 files.",
        "* \\<script\\>alert('x')\\</script\\>\\&\"\\$x^2\\$.jpg",
        "",
        "**Please note**",
        "",
        "* a_b \\| c",
        "",
        "| Pairwise L2 distance | Before | After |",
        "| --- | ---: | ---: |",
        "| Samples | 1,200 | 1 |",
        "| Mean | 1.2500 | – |",
        "| Smallest | 0.0000 | – |",
        "| 10th percentile | 0.5000 | – |",
        "| 90th percentile | 2.0000 | – |",
    ]
    assert "Please note" not in report_markdown(report | {"warnings": []})


def test_every_finding_of_a_report_is_there(written: WrittenReport) -> None:
    lines = report_markdown(written.report).splitlines()
    assert lines[: len(written.report["findings"])] == [f"* {finding}" for finding in written.report["findings"]]
