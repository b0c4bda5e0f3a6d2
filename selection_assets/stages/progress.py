"""Progress of long work: a bar on a terminal, a log line every half minute elsewhere (containers, Dagster, CI).

Loops count (`progress`, `track`); a step without a loop, such as waiting for another process, shows that it is alive
(`heartbeat`). They may stand inside one another: the innermost one has the terminal, and a heartbeat logs nothing while
another display has logged a line within the last half minute. So a heartbeat around all of a step leaves no long
silence, and says nothing where the parts of the step speak for themselves.

Only the display belongs here; what is counted and named is the caller's.
"""

import contextvars
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

log = logging.getLogger("winnow")
T = TypeVar("T")
LOG_EVERY_SECONDS = 30.0
REFRESH_SECONDS = 1.0  # of a heartbeat on a terminal
BAR_DELAY_SECONDS = 0.3  # what was logged before stands on the terminal by then, above the bar; short loops show none


class Progress(Protocol):
    """What a loop may do with its display."""

    def update(self, n: int) -> None: ...
    def describe(self, text: str) -> None: ...


class progress:  # noqa: N801 - used like a function, in a with statement
    """`with progress("Embedding", total=100, unit="images") as bar: bar.update(1)`."""

    def __init__(self, description: str, total: int, unit: str) -> None:
        self._display = (_Bar if on_terminal() else _LogLines)(description, total, unit)

    def __enter__(self) -> Progress:
        _displays.enter(self._display)
        return self._display

    def __exit__(self, *_: object) -> None:
        self._display.close()
        _displays.leave(self._display)


def track(items: Iterable[T], description: str, total: int, unit: str) -> Iterator[T]:
    """Yield `items` and count them on the display."""
    with progress(description, total, unit) as bar:
        for item in items:
            yield item
            bar.update(1)


@contextmanager
def heartbeat(text: str | Callable[[], str]) -> Iterator[None]:
    """Show that the block is at work, which may be one long call: `with heartbeat("Setting the PDF"): ...`.

    On a terminal the seconds count up beside the text. Elsewhere a line is logged whenever no other display has logged
    one for half a minute, and one at the end if there was any. A block of a few moments stays silent.

    text: what is being done; or, called in a thread of its own, the whole line of the moment.
    """
    display = _Seconds(text) if on_terminal() else _Alive(text)
    ended = threading.Event()
    # In the context of the caller: what a log line is told with there belongs to these lines too.
    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(display.run, ended), name="heartbeat", daemon=True)
    _displays.enter(display)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        _displays.leave(display)


def on_terminal() -> bool:
    """Whether progress is shown as a bar."""
    return sys.stderr.isatty()


class _Displays:
    """What this process shows at the moment: it has one terminal and one log, so there is one of these."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._open: list[Any] = []  # the innermost is the last
        self.logged = -float("inf")  # when one of them last logged a line, by `time.monotonic`

    def enter(self, display: Any) -> None:
        with self._lock:
            if self._open and isinstance(self._open[-1], _Seconds):
                self._open[-1].hide()
            self._open.append(display)

    def leave(self, display: Any) -> None:
        with self._lock:
            self._open.remove(display)

    def show_if_innermost(self, display: "_Seconds") -> None:
        with self._lock:
            if self._open[-1] is display:
                display.show()

    def say_if_silent(self, display: "_Alive", line: str) -> bool:
        """Log the line of the innermost heartbeat, unless a display has logged one; returns whether it did."""
        with self._lock:
            inner = [each for each in self._open if isinstance(each, _Alive)][-1]
            silent = inner is display and self.seconds_until_due(display) <= 0
            if silent:
                self.say(line)
            return silent

    def seconds_until_due(self, display: "_Alive") -> float:
        """Until a heartbeat must speak. A display inside it goes first: it has more to tell."""
        grace = 0.0 if self._open[-1] is display else REFRESH_SECONDS
        return max(self.logged, display.started) + LOG_EVERY_SECONDS + grace - time.monotonic()

    def say(self, line: str) -> None:
        self.logged = time.monotonic()
        log.info("%s", line)


_displays = _Displays()


class _Bar:
    def __init__(self, description: str, total: int, unit: str) -> None:
        from tqdm import tqdm

        self._bar = tqdm(
            total=total, desc=description, unit=unit, dynamic_ncols=True, file=sys.stderr, delay=BAR_DELAY_SECONDS
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
        _displays.say(f"{self._description}: {self._done} of {self._total} {self._unit}, {rate:.1f}/s")


class _Seconds:
    """A heartbeat on a terminal. Nothing of it stays there."""

    def __init__(self, text: str | Callable[[], str]) -> None:
        self._text = text
        self._started = time.monotonic()
        self._line: Any = None

    def run(self, ended: threading.Event) -> None:
        wait = BAR_DELAY_SECONDS
        while not ended.wait(wait):
            wait = REFRESH_SECONDS
            _displays.show_if_innermost(self)
        self.hide()

    def show(self) -> None:
        from tqdm import tqdm

        text = self._text if isinstance(self._text, str) else self._text()
        text = f"{text} … {tqdm.format_interval(time.monotonic() - self._started)}"
        if self._line is None:
            self._line = tqdm(desc=text, bar_format="{desc}", file=sys.stderr, dynamic_ncols=True, leave=False)
        else:
            self._line.set_description_str(text)

    def hide(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


class _Alive:
    """A heartbeat in a log."""

    def __init__(self, text: str | Callable[[], str]) -> None:
        self._text = text
        self.started = time.monotonic()

    def run(self, ended: threading.Event) -> None:
        said = False
        # At the least a moment: where a display inside is about to speak or to end, look again soon.
        while not ended.wait(max(_displays.seconds_until_due(self), min(REFRESH_SECONDS, LOG_EVERY_SECONDS))):
            said |= _displays.say_if_silent(self, self._now("still at work"))
        if said and isinstance(self._text, str):
            _displays.say(self._now("done"))

    def _now(self, state: str) -> str:
        if not isinstance(self._text, str):
            return self._text()
        return f"{self._text}: {state} after {time.monotonic() - self.started:.0f} s"
