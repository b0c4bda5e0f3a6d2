import logging
import re
from collections.abc import Iterator

import pytest

from selection_assets.command.terminal_log import log_to_terminal

log = logging.getLogger("winnow")


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    handlers, level, propagate = list(log.handlers), log.level, log.propagate
    yield
    log.handlers[:], log.propagate = handlers, propagate
    log.setLevel(level)


def test_messages_stand_on_standard_output_once(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        log_to_terminal()
    log.debug("hidden")
    log.info("plain [x] text")
    log.warning("mind [the] gap")
    log.error("worse")
    out, err = capsys.readouterr()
    stamp = r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] "
    assert re.fullmatch(rf"{stamp}plain \[x\] text\n{stamp}Warning: mind \[the\] gap\n{stamp}Warning: worse\n", out)
    assert err == ""
    assert log.level == logging.DEBUG and not log.propagate


def test_other_handlers_stay() -> None:
    other = logging.NullHandler()
    log.addHandler(other)
    log_to_terminal()
    assert other in log.handlers
