import logging
import threading
import time

import pytest

from selection_assets.stages.heartbeat import heartbeat


def test_a_line_every_so_often_while_it_runs(caplog: pytest.LogCaptureFixture) -> None:
    count = 0

    def text() -> str:
        nonlocal count
        count += 1
        return f"beat {count} 100%"

    with caplog.at_level(logging.INFO, "winnow"), heartbeat(text, seconds=0.02):
        deadline = time.monotonic() + 20
        while len(caplog.messages) < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
    assert caplog.messages[:3] == ["beat 1 100%", "beat 2 100%", "beat 3 100%"]
    assert not [thread for thread in threading.enumerate() if thread.name == "heartbeat"]


def test_what_is_quick_is_silent_and_errors_pass(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "winnow"), pytest.raises(ZeroDivisionError), heartbeat(lambda: "never"):
        _ = 1 / 0
    assert caplog.messages == []
