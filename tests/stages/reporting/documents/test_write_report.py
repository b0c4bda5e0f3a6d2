import base64
from pathlib import Path

import pytest

from selection_assets.stages.reporting.documents.write_report import WrittenReport, write_report
from selection_assets.stages.reporting.helper_process import HelperProcess, cool_down
from selection_assets.stages.reporting.plots.overview_picture import overview_picture
from tests.stages.reporting.facts_factory import example_facts, jpeg


def test_files_of_the_run_folder(written: WrittenReport) -> None:
    folder = written.json_path.parent
    assert {path.name for path in folder.iterdir()} == {"plots", "report.json", "report.html", "report.pdf"}
    assert written.files == {kind: folder / f"report.{kind}" for kind in ("pdf", "html", "json")}
    assert written.files["pdf"].read_bytes()[:5] == b"%PDF-"
    assert written.analysis.removed["filename"].to_list() == [f"dir/{i:04d}.jpg" for i in range(10, 40)]


def test_the_sheet_of_all_plots_within_a_text(written: WrittenReport) -> None:
    title, _, data = written.overview_markdown.partition("(data:image/webp;base64,")
    assert title == "![all plots]"
    assert base64.b64decode(data.removesuffix(")")) == overview_picture(written.plots)


def test_every_thumbnail_is_asked_for_once(tmp_path: Path) -> None:
    asked: list[str] = []

    def thumbnail(name: str) -> bytes:
        asked.append(name)
        return jpeg(name)

    written = write_report(example_facts(20, 5, thumbnail=thumbnail), tmp_path, n_example_images=4)
    shown = {name for example in written.report["examples"] for name in (example["retained"], example["removed"])}
    assert sorted(asked) == sorted(shown)


def test_the_same_report_without_helper_processes(
    written: WrittenReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = (
        ("documents.report_pdf", "LAYOUT"),
        ("analysis.analyse", "LAYOUT"),
        ("analysis.analyse", "DRAWING"),
        ("plots.draw_plots", "DRAWING"),
        ("documents.write_report", "DRAWING"),
    )
    for module, name in users:
        monkeypatch.setattr(f"selection_assets.stages.reporting.{module}.{name}", HelperProcess("none", ()))
    monkeypatch.setattr("selection_assets.stages.reporting.analysis.analyse.ROWS_OF_SLOW_VIEWS", 10)
    monkeypatch.setattr("selection_assets.stages.reporting.helper_process._spawn", lambda _: None)
    alone = write_report(example_facts(), tmp_path)
    assert alone.report == written.report
    assert alone.overview == written.overview == overview_picture(written.plots)
    for name in ("report.json", "report.html", "report.pdf"):
        assert (tmp_path / name).read_bytes() == (written.json_path.parent / name).read_bytes()


def test_processes_are_let_go_when_the_work_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped: list[str] = []
    monkeypatch.setattr("selection_assets.stages.reporting.documents.write_report.cool_down", cool_down)
    monkeypatch.setattr(HelperProcess, "stop", lambda self: stopped.append(self.name))

    def broken(_: str) -> bytes:
        raise RuntimeError("no such bucket")

    with pytest.raises(RuntimeError, match="no such bucket"):
        write_report(example_facts(20, 5, thumbnail=broken), tmp_path)
    assert stopped == ["layout", "drawing"]


def test_defaults_of_the_report(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Six pairs, two gigabytes, seed 0; named arguments go where they belong."""
    seen: list[tuple[object, ...]] = []

    class EnoughSeenError(Exception):
        pass

    def analyse(facts: object, *arguments: object) -> None:
        seen.append(arguments)
        raise EnoughSeenError

    monkeypatch.setattr("selection_assets.stages.reporting.documents.write_report.analyse", analyse)
    for named in ({}, {"n_example_images": 4, "memory_requirement_in_gb": 1.5, "seed": 7}):
        with pytest.raises(EnoughSeenError):
            write_report(example_facts(4, 2), tmp_path, **named)  # type: ignore[arg-type]
    assert seen == [(6, 2.0, 0), (4, 1.5, 7)]


def test_long_waits_are_announced(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level("INFO", "winnow")
    monkeypatch.setattr("selection_assets.stages.progress.LOG_EVERY_SECONDS", 0.01)
    write_report(example_facts(20, 5), tmp_path)
    waits = {message.partition(":")[0] for message in caplog.messages if "still at work" in message}
    assert waits >= {"Drawing the plots of the report", "Setting the PDF of the report"}
    assert f"Writing report to {tmp_path / 'report.pdf'}." in caplog.messages
