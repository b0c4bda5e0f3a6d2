"""Progress of long work: a bar on a terminal, a log line every half minute elsewhere (containers, Dagster, CI).

Loops count (`progress`, `track`); a step without a loop, such as waiting for another process, shows that it is alive
(`heartbeat`).

Only the display belongs here; what is counted and named is the caller's.
"""

import contextvars
import logging
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO, TypeVar

log = logging.getLogger("winnow")
T = TypeVar("T")
LOG_EVERY_SECONDS = 30.0
REFRESH_SECONDS = 1.0  # of a heartbeat on a terminal
BAR_DELAY_SECONDS = 0.3  # what was logged before stands on the terminal by then, above the bar; short loops show none

_terminals: list[TextIO] = []  # of `show_on`, the last one counts


class Progress(Protocol):
    """What a loop may do with its display."""

    def update(self, n: int) -> None: ...
    def describe(self, text: str) -> None: ...


class _Bar:
    def __init__(self, description: str, total: int, unit: str) -> None:
        from tqdm import tqdm

        self._bar = tqdm(
            total=total, desc=description, unit=unit, dynamic_ncols=True, file=_stream(), delay=BAR_DELAY_SECONDS
        )

    def update(self, n: int) -> None:
        self._bar.update(n)

    def describe(self, text: str) -> None:
        self._bar.set_description(text, refresh=False)

    def close(self) -> None:
        self._bar.close()


class _LogLines:
    def __init__(self, description: str, total: int, unit: str) -> None:
        self._description, self._total, self._unit = description, total, unit
        self._done = 0
        self._started = self._logged = time.monotonic()

    def update(self, n: int) -> None:
        self._done += n
        now = time.monotonic()
        if now - self._logged >= LOG_EVERY_SECONDS:
            self._logged = now
            self._say(now)

    def describe(self, text: str) -> None:
        self._description = text

    def close(self) -> None:
        now = time.monotonic()
        if self._logged != self._started:  # short loops stay silent
            self._say(now)

    def _say(self, now: float) -> None:
        rate = self._done / max(now - self._started, 1e-9)
        log.info("%s: %d of %d %s, %.1f/s", self._description, self._done, self._total, self._unit, rate)


@contextmanager
def show_on(terminal: TextIO) -> Iterator[None]:
    """While it is open, progress is shown on `terminal`, wherever standard error points meanwhile."""
    _terminals.append(terminal)
    try:
        yield
    finally:
        _terminals.remove(terminal)


def _stream() -> TextIO:
    return _terminals[-1] if _terminals else sys.stderr


def on_terminal() -> bool:
    """Whether progress is shown as a bar."""
    return _stream().isatty()


class progress:  # noqa: N801 - used like a function, in a with statement
    """`with progress("Embedding", total=100, unit="images") as bar: bar.update(1)`."""

    def __init__(self, description: str, total: int, unit: str) -> None:
        self._display = (_Bar if on_terminal() else _LogLines)(description, total, unit)

    def __enter__(self) -> Progress:
        return self._display

    def __exit__(self, *_: object) -> None:
        self._display.close()


def track(items: Iterable[T], description: str, total: int, unit: str) -> Iterator[T]:
    """Yield `items` and count them on the display."""
    with progress(description, total, unit) as bar:
        for item in items:
            yield item
            bar.update(1)


@contextmanager
def heartbeat(description: str) -> Iterator[None]:
    """Show that the block is at work, which may be one long call: `with heartbeat("Setting the PDF"): ...`.

    On a terminal the seconds count up beside `description`; elsewhere a line is logged every half minute, and one at
    the end if there was any. A block of a few moments stays silent.
    """
    show = _count_seconds if _stream().isatty() else _log_seconds
    ended = threading.Event()
    # In the context of the caller: what a log line is told with there belongs to these lines too.
    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(show, description, ended), name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _count_seconds(description: str, ended: threading.Event) -> None:
    if ended.wait(BAR_DELAY_SECONDS):
        return
    from tqdm import tqdm

    with tqdm(desc=description, bar_format="{desc} … {elapsed}", file=_stream(), dynamic_ncols=True) as bar:
        while not ended.wait(REFRESH_SECONDS):
            bar.refresh()


def _log_seconds(description: str, ended: threading.Event) -> None:
    started = time.monotonic()
    said = False
    while not ended.wait(LOG_EVERY_SECONDS):
        said = True
        log.info("%s: still at work after %.0f s", description, time.monotonic() - started)
    if said:
        log.info("%s: done after %.0f s", description, time.monotonic() - started)
