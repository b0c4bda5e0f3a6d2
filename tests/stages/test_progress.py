import io
import logging
import sys
import threading
import time

import pytest

from selection_assets.stages import progress as module
from selection_assets.stages.progress import heartbeat, progress, track


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


def test_a_heartbeat_is_silent_while_a_loop_inside_speaks(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "winnow")
    monkeypatch.setattr(module, "LOG_EVERY_SECONDS", 0.3)
    monkeypatch.setattr(module, "REFRESH_SECONDS", 0.05)
    with heartbeat("The step"):
        for _ in track(range(20), "Reading", 20, "files"):  # an item in 0.1 s, a line in 0.3 s
            time.sleep(0.1)
        assert {message.partition(":")[0] for message in caplog.messages} == {"Reading"}
        caplog.clear()
        with progress("Waiting", 1, "answers") as bar:  # an item that takes long
            time.sleep(0.5)
            bar.update(1)
    assert [message.partition(" after")[0] for message in caplog.messages[:1]] == ["The step: still at work"]


def test_of_heartbeats_inside_one_another_the_innermost_speaks(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "winnow")
    monkeypatch.setattr(module, "LOG_EVERY_SECONDS", 0.2)
    monkeypatch.setattr(module, "REFRESH_SECONDS", 0.05)
    with heartbeat("The step"):
        with heartbeat("Its part"):
            time.sleep(0.7)
        parts = [message.partition(":")[0] for message in caplog.messages]
        assert len(parts) >= 3
        assert set(parts) == {"Its part"}
        caplog.clear()
        time.sleep(0.5)
        assert {message.partition(":")[0] for message in caplog.messages} == {"The step"}


def test_a_whole_line_of_the_callers(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "winnow")
    monkeypatch.setattr(module, "LOG_EVERY_SECONDS", 0.05)
    with heartbeat(lambda: "Epoch 3: 100% done"):
        time.sleep(0.3)
    assert set(caplog.messages) == {"Epoch 3: 100% done"}
    assert not [thread for thread in threading.enumerate() if thread.name == "heartbeat"]


def test_the_innermost_display_has_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("BAR_DELAY_SECONDS", 0.05), ("REFRESH_SECONDS", 0.05)):
        monkeypatch.setattr(module, name, value)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with heartbeat("The step"):
        time.sleep(0.3)
        with progress("Reading", 9, "files") as bar:
            before = terminal.getvalue()
            for _ in range(9):
                time.sleep(0.05)
                bar.update(1)
        inside = terminal.getvalue().removeprefix(before)
        time.sleep(0.3)
    assert "The step … 00:00" in before
    assert "The step" not in inside
    assert "9/9" in inside
    assert "The step … 00:0" in terminal.getvalue().removeprefix(before + inside)
    assert terminal.getvalue().endswith("\r")  # the line is gone
