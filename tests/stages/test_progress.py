import io
import logging
import sys

import pytest

from selection_assets.stages import progress as module
from selection_assets.stages.progress import progress, show_on, track


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
