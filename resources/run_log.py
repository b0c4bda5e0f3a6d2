"""log.txt of a run: what the program says while the run lasts, in every process of it, and the error that ended it."""

import contextlib
import logging
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from dagster import DagsterExecutionInterruptedError

FORMAT = logging.Formatter("%(asctime)s %(levelname)s %(message)s")
LOG_FILE = "log.txt"  # in the run folder
log = logging.getLogger("winnow")


class RunLog(logging.Handler):
    """Keeps lines in memory until there is a file to append them to."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(FORMAT)
        self._early: list[str] = []
        self._file: IO[str] | None = None

    def start(self) -> None:
        """Listen. Below WARNING the logger says nothing unless it has a level: Dagster's own processes set none."""
        if log.level == logging.NOTSET or log.level > logging.DEBUG:
            log.setLevel(logging.DEBUG)
        log.addHandler(self)

    def open(self, path: Path) -> None:
        """Append to this file from now on."""
        self._file = path.open("a", encoding="utf-8", errors="backslashreplace", buffering=1)
        self._write("".join(self._early))
        self._early.clear()

    def emit(self, record: logging.LogRecord) -> None:
        self._write(self.format(record) + "\n")

    def tell(self, lines: Iterable[str]) -> None:
        """Lines for the file alone, which were said elsewhere before."""
        for line in lines:
            self._tell(logging.INFO, line)

    def error(self, message: str) -> None:
        """A user's mistake, for the file alone: every door shows it in its own way."""
        self._tell(logging.ERROR, message)

    def bug(self, error: BaseException) -> None:
        """An error that no user can mend, with its traceback; one line where somebody stopped the run."""
        if isinstance(error, KeyboardInterrupt | DagsterExecutionInterruptedError):
            self.error("the run was stopped; finished steps are kept")
            return
        self.error(f"{type(error).__name__}: {error}")
        self._write("".join(traceback.format_exception(error)))

    def stop(self) -> None:
        log.removeHandler(self)
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None

    def _tell(self, level: int, message: str) -> None:
        self._write(_line(level, message))

    def _write(self, text: str) -> None:
        if self._file is None:
            self._early.append(text)
            return
        with contextlib.suppress(OSError):  # a full disk must not end the run for want of a log line
            self._file.write(text)


def error_line(message: str) -> str:
    """What a log holds that ends with this error, for whoever tells the end of a run that could not."""
    return _line(logging.ERROR, message)


def _line(level: int, message: str) -> str:
    return FORMAT.format(logging.LogRecord("winnow", level, "", 0, message, None, None)) + "\n"


class _Warnings(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno < logging.ERROR:
            self.messages.append(record.getMessage())


@contextlib.contextmanager
def collected_warnings() -> Iterator[list[str]]:
    """What is warned of while it is open."""
    handler = _Warnings()
    log.addHandler(handler)
    try:
        yield handler.messages
    finally:
        log.removeHandler(handler)
