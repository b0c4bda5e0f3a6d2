import builtins
import dataclasses
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from PIL import ImageFile

from configs.errors import InputError
from selection_assets.stages.reporting.documents.report_pdf import PANGO_MISSING, import_weasyprint, set_pdf
from selection_assets.stages.reporting.documents.report_pictures import report_pictures
from selection_assets.stages.reporting.documents.write_report import WrittenReport, write_report
from selection_assets.stages.reporting.facts.report_facts import ReportFacts
from tests.stages.reporting.facts_factory import HOSTILE, example_facts

needs_pdftotext = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext (poppler-utils) is missing")


def text_of(path: Path) -> str:
    done = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True)
    return " ".join(done.stdout.split())


@needs_pdftotext
def test_values_are_in_the_text(written: WrittenReport) -> None:
    text, report = text_of(written.pdf_path), written.report
    for part in ("before", "after"):
        for key in ("mean", "min", "max", "p10", "p90"):
            assert f"{report['statistics'][part][key]:.4f}" in text
    for phrase in (
        "Selection report", "harbour", "2026-01-02 03:04:15 UTC", "43 files in 10.0 s", "version 9.8.7", "23.3%",
        "n_samples reached", "resnet-18", "bad/a.jpg", "truncated", "one file is large", "USD 3.35", "6/6",
        "stopping_condition.n_samples", HOSTILE,
    ):  # fmt: skip
        assert phrase in text, phrase
    for example in report["examples"]:
        assert f"{example['distance']:.3f}" in text
        assert example["removed"] in text


@needs_pdftotext
@pytest.mark.parametrize(("n", "n_selected"), [(1, 1), (3, 0)])
def test_runs_with_almost_nothing(n: int, n_selected: int, tmp_path: Path) -> None:
    facts = example_facts(n, n_selected, corrupt=(), embedding=None, timings={}, options={}, image_metrics=None)
    text = text_of(write_report(facts, tmp_path).pdf_path)
    assert "No corrupt file was found." in text
    assert "the vectors were given" in text


@needs_pdftotext
def test_long_names_stay_on_the_page(facts: ReportFacts, tmp_path: Path) -> None:
    long = dataclasses.replace(facts.samples, filenames=[f"{'d' * 180}/{i}.jpg" for i in range(40)])
    written = write_report(dataclasses.replace(facts, samples=long), tmp_path)
    words = subprocess.run(["pdftotext", "-bbox", written.pdf_path, "-"], capture_output=True, text=True, check=True)
    edges = [float(line.split('xMax="')[1].split('"')[0]) for line in words.stdout.splitlines() if "<word" in line]
    assert max(edges) < 595.3 - 40  # the right margin of A4 in points


def test_same_report_same_bytes(facts: ReportFacts, written: WrittenReport, tmp_path: Path) -> None:
    pictures = report_pictures(facts, written.report, written.plots)
    report = json.loads(json.dumps(written.report))  # what is in report.json is enough
    set_pdf(tmp_path / "again.pdf", report, pictures)
    assert (tmp_path / "again.pdf").read_bytes() == written.pdf_path.read_bytes()


def test_nothing_is_fetched(written: WrittenReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even a template that asked for a file or an address would get nothing."""
    secret = tmp_path / "secret.png"
    secret.write_bytes((written.json_path.parent / "plots/scatter_pca.png").read_bytes())
    asked: list[str] = []
    import weasyprint

    original = weasyprint.HTML.__init__

    def with_more(self: Any, string: str, url_fetcher: Any, base_url: Any) -> None:
        class Spy(type(url_fetcher)):  # type: ignore[misc]
            def fetch(self, url: str, headers: Any = None) -> Any:
                try:
                    return super().fetch(url, headers)
                except ValueError:
                    asked.append(url)
                    raise

        extra = f'<img src="file://{secret}"><img src="http://127.0.0.1:9/x.png"><link rel="stylesheet" href="file://{secret}">'
        original(self, string=string.replace("<body>", f"<body>{extra}"), url_fetcher=Spy(), base_url=base_url)

    monkeypatch.setattr(weasyprint.HTML, "__init__", with_more)
    set_pdf(tmp_path / "a.pdf", written.report, {})
    assert sorted(set(asked)) == [f"file://{secret}", "http://127.0.0.1:9/x.png"]


def test_missing_pango_names_the_packages(
    written: WrittenReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = builtins.__import__

    def without_pango(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.split(".", maxsplit=1)[0] == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return original(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_pango)
    with pytest.raises(InputError) as error:
        set_pdf(tmp_path / "a.pdf", written.report, {})
    assert str(error.value) == PANGO_MISSING
    assert "apt-get install -y libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" in PANGO_MISSING
    assert list(tmp_path.iterdir()) == []


def test_truncated_images_stay_truncated_for_everybody_else() -> None:
    import_weasyprint()
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False
