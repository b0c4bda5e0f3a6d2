import dataclasses
import html
import json
import re
from pathlib import Path
from typing import Any

import pytest

from selection_assets.stages.reporting.documents.report_html import render_html
from selection_assets.stages.reporting.documents.report_json import build_report
from selection_assets.stages.reporting.documents.report_pictures import report_pictures
from selection_assets.stages.reporting.documents.write_report import WrittenReport, write_report
from tests.stages.reporting.facts_factory import GOAL, HOSTILE, example_facts, jpeg


@pytest.fixture(scope="module")
def page(written: WrittenReport) -> str:
    return written.html_path.read_text()


def test_page_needs_nothing_from_elsewhere(page: str) -> None:
    sources = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert sources
    assert all(source.startswith(("data:image/", "#")) for source in sources)
    assert "default-src 'none'" in page
    assert not re.search(r"https?://", page)
    assert len(re.findall(r'src="data:image/png', page)) == 13  # all plots but the pairs
    assert len(re.findall(r'src="data:image/jpeg', page)) == 12  # six pairs


def hostile_goal() -> dict[str, Any]:
    shares = {HOSTILE: 1.0}
    return GOAL | {
        "label": HOSTILE,
        "strategy": {"type": "BALANCE"},
        "asked": {"shares": shares},
        "reached": {"shares": shares, "shares_of_input": shares, "agreement": 1.0},
    }


def test_hostile_names_are_text_everywhere() -> None:
    facts = example_facts(12, 4)
    names = [f"{i}/{HOSTILE}" for i in range(12)]
    facts = dataclasses.replace(
        facts,
        samples=dataclasses.replace(facts.samples, filenames=names, labels=[HOSTILE, "b"] * 6),
        job=dataclasses.replace(facts.job, dataset=HOSTILE, input_dir=HOSTILE),
        options={HOSTILE: HOSTILE}, warnings=[HOSTILE], timings={HOSTILE: 1.0},
        selection=dataclasses.replace(facts.selection, strategies=[hostile_goal()], stop_reason=HOSTILE),
    )  # fmt: skip
    from selection_assets.stages.reporting.analysis.analyse import analyse

    report = build_report(facts, analyse(facts), [], Path())
    page = render_html(report, {})
    assert "<script>alert" not in page
    assert page.count("<script") == 2
    assert html.escape(HOSTILE, quote=False).replace('"', "&#34;").replace("'", "&#39;") in page


def test_data_of_the_page_is_that_of_the_report(page: str, written: WrittenReport) -> None:
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S).group(1))
    assert data["views"] == written.report["views"]
    assert data["removed"] == written.report["removed"]["rows"]
    assert data["corrupt"][1]["filename"] == HOSTILE


def test_page_and_values_agree(page: str, written: WrittenReport) -> None:
    text = html.unescape(re.sub(r"<[^>]*>", " ", page))
    for finding in written.report["findings"]:
        assert finding in text
    for part in ("before", "after"):
        assert f"{written.report['statistics'][part]['mean']:.4f}" in text


def test_pictures_that_are_missing_or_broken_leave_an_empty_place(tmp_path: Path) -> None:
    facts = example_facts(12, 4, thumbnail=lambda name: jpeg(name)[:50] if "1" in name else None)
    written = write_report(facts, tmp_path, n_example_images=2)
    page = written.html_path.read_text()
    assert page.count("picture not available") == 4
    assert not [name for name in report_pictures(facts, written.report, written.plots) if not name.startswith("plot/")]
