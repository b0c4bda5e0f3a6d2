import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from dagster import DagsterExecutionInterruptedError

from resources import interruptions
from resources.interruptions import sent_again_when_lost


class Ending:
    """Does something when the last name of it is gone, where nothing can be raised."""

    def __init__(self, at_the_end: Callable[[], Any]) -> None:
        self._at_the_end = at_the_end

    def __del__(self) -> None:
        self._at_the_end()


@pytest.fixture(autouse=True)
def reported(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """What Python reports otherwise."""
    found: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", found.append)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield found
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("error", [KeyboardInterrupt, DagsterExecutionInterruptedError])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_in_a_destructor(
    reported: list[Any], error: type[BaseException], number: signal.Signals
) -> None:
    def handler(*_: object) -> None:
        raise error

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, handler)
    with sent_again_when_lost(), pytest.raises(error):
        Ending(lambda: signal.raise_signal(number))
        time.sleep(20)
    assert reported == []


def test_it_is_lost_without(reported: list[Any]) -> None:
    """What this is for; where it fails, Python has learnt better."""
    Ending(lambda: signal.raise_signal(signal.SIGINT))
    time.sleep(2 * interruptions.AGAIN_SECONDS)
    assert [lost.exc_type for lost in reported] == [KeyboardInterrupt]


def test_what_else_cannot_be_raised_is_reported_as_before(reported: list[Any]) -> None:
    before = sys.unraisablehook
    with sent_again_when_lost():
        Ending(lambda: int("x"))
    assert [lost.exc_type for lost in reported] == [ValueError]
    assert sys.unraisablehook is before
    assert not any(isinstance(thread, threading.Timer) for thread in threading.enumerate())
