import io
import logging
import sys
import time

import pytest

from selection_assets.stages import progress as module
from selection_assets.stages.progress import heartbeat, progress, show_on, track


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BAR_DELAY_SECONDS", 0)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress("Reading", 4, "files") as bar:
        bar.update(4)
        bar.describe("Reading b.jpg")
    assert "Reading b.jpg: 100%" in terminal.getvalue()
    assert "4/4" in terminal.getvalue()


def test_the_terminal_that_is_named_counts_wherever_standard_error_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BAR_DELAY_SECONDS", 0)
    terminal, elsewhere = Terminal(), io.StringIO()
    with show_on(terminal):
        monkeypatch.setattr(sys, "stderr", elsewhere)
        assert list(track("ab", "Reading", 2, "files")) == ["a", "b"]
    assert "2/2" in terminal.getvalue()
    assert elsewhere.getvalue() == ""
    before = terminal.getvalue()
    list(track("ab", "Reading", 2, "files"))
    assert terminal.getvalue() == before


def test_log_lines_elsewhere(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "winnow")
    list(track("ab", "Reading", 2, "files"))
    assert caplog.messages == []  # short loops stay silent
    monkeypatch.setattr(module, "LOG_EVERY_SECONDS", 0)
    list(track("ab", "Reading", 2, "files"))
    lines = [message.split(" files")[0] for message in caplog.messages]
    assert lines == ["Reading: 1 of 2", "Reading: 2 of 2", "Reading: 2 of 2"]


def test_a_step_without_a_loop_logs_that_it_is_alive(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "winnow")
    monkeypatch.setattr(module, "LOG_EVERY_SECONDS", 0.2)
    with heartbeat("Setting the PDF"):
        time.sleep(0.7)
    *alive, last = caplog.messages
    assert 2 <= len(alive) <= 3
    assert set(alive) <= {f"Setting the PDF: still at work after {seconds} s" for seconds in (0, 1)}
    assert last == "Setting the PDF: done after 1 s"
    time.sleep(0.5)
    assert len(caplog.messages) == len(alive) + 1  # it ended with the block


def test_a_short_step_is_silent_and_its_error_comes_through(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "winnow")
    before = time.monotonic()
    with pytest.raises(RuntimeError, match="no such bucket"), heartbeat("Reading"):
        raise RuntimeError("no such bucket")
    assert caplog.messages == []
    assert time.monotonic() - before < 1
    assert module.LOG_EVERY_SECONDS == 30


def test_the_seconds_of_a_step_count_up_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "winnow")
    for name, value in (("BAR_DELAY_SECONDS", 0.05), ("REFRESH_SECONDS", 0.1), ("LOG_EVERY_SECONDS", 0.01)):
        monkeypatch.setattr(module, name, value)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with heartbeat("Drawing"):
        time.sleep(1.3)
    assert terminal.getvalue().count("Drawing … 00:0") > 5
    assert "Drawing … 00:01" in terminal.getvalue()
    assert caplog.messages == []
    shown = terminal.getvalue()
    with heartbeat("Drawing"):
        pass
    assert terminal.getvalue() == shown
