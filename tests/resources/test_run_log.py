import logging
import re
from pathlib import Path

import pytest

from resources.run_log import RunLog, collected_warnings

log = logging.getLogger("winnow")


@pytest.fixture
def run_log(monkeypatch: pytest.MonkeyPatch) -> RunLog:
    monkeypatch.setattr(log, "level", logging.NOTSET)
    log.manager._clear_cache()  # type: ignore[attr-defined]  # what loggers remember of their level
    made = RunLog()
    made.start()
    return made


def test_lines_from_before_the_file_are_in_it(run_log: RunLog, tmp_path: Path) -> None:
    log.info("early %d", 1)
    run_log.open(tmp_path / "log.txt")
    log.debug("late")
    run_log.stop()
    log.info("too late")
    assert re.fullmatch(r"\d{4}-\S+ \S+ INFO early 1\n\S+ \S+ DEBUG late\n", (tmp_path / "log.txt").read_text())


def test_a_second_process_appends(run_log: RunLog, tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_text("before\n")
    run_log.open(tmp_path / "log.txt")
    log.info("after")
    run_log.stop()
    assert (tmp_path / "log.txt").read_text().startswith("before\n")


def test_lines_that_were_said_elsewhere(run_log: RunLog, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    run_log.open(tmp_path / "log.txt")
    run_log.tell(["waits for a", "waits for b"])
    run_log.stop()
    assert re.fullmatch(r"(\S+ \S+ INFO waits for [ab]\n){2}", (tmp_path / "log.txt").read_text())
    assert caplog.messages == []


def test_it_ends_with_the_error(run_log: RunLog, tmp_path: Path) -> None:
    run_log.open(tmp_path / "log.txt")
    run_log.error("input_dir is not set")
    try:
        raise ValueError("odd \udcff name")
    except ValueError as error:
        run_log.bug(error)
    run_log.stop()
    text = (tmp_path / "log.txt").read_text(encoding="utf-8")
    assert re.search(r"ERROR input_dir is not set\n", text)
    assert "ERROR ValueError: odd \\udcff name\nTraceback (most recent call last):\n" in text
    assert text.endswith("ValueError: odd \\udcff name\n")


def test_a_full_disk_ends_no_run(run_log: RunLog) -> None:
    run_log.open(Path("/dev/full"))
    log.info("a line")
    run_log.stop()


def test_warnings_of_a_block() -> None:
    log.warning("before")
    with collected_warnings() as warnings:
        log.warning("mind the %s", "gap")
        log.info("nothing")
        log.error("worse")
    log.warning("after")
    assert warnings == ["mind the gap"]


@pytest.mark.parametrize(
    ("before", "after"),
    [(logging.NOTSET, logging.DEBUG), (logging.WARNING, logging.DEBUG), (logging.DEBUG, logging.DEBUG), (5, 5)],
)
def test_a_logger_that_says_less_is_made_to_say_more(monkeypatch: pytest.MonkeyPatch, before: int, after: int) -> None:
    monkeypatch.setattr(log, "level", before)
    made = RunLog()
    made.start()
    assert log.level == after
    made.stop()
    assert made not in log.handlers
