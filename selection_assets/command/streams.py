"""Standard output and error as a command needs them: nothing that happens to them ends a run.

Their reader may go away (`winnow run … | head`), they may be closed from the start (`>&-`), lie on a full disk, or know
few characters. What cannot be written is dropped, and the work goes on.
"""

import codecs
import io
import os
import select
import sys
from typing import Any, TextIO


class _Outlet(io.RawIOBase):
    """Writes to a file descriptor until that fails, then nowhere."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self.fault: OSError | None = None

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._handle

    def isatty(self) -> bool:
        return os.isatty(self._handle)

    def write(self, data: Any) -> int:
        while self.fault is None:
            try:
                return os.write(self._handle, data)
            except BlockingIOError:
                select.select([], [self._handle], [])
            except OSError as error:
                self.fault = error
        return len(data)


_outlets: list[_Outlet] = []  # of standard output and error


def speak_utf8() -> None:
    """Begin the command again in Python's UTF-8 mode, where Python would take names of files for something else."""
    if sys.getfilesystemencoding() != "utf-8":
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, "PYTHONUTF8": "1"})


def make_streams_safe() -> None:
    """Replace `sys.stdout` and `sys.stderr`. Call it first: a file that is opened while 1 is closed would become it."""
    for handle in range(3):
        try:
            os.fstat(handle)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free descriptor, thus this one
    _outlets[:] = [_Outlet(1), _Outlet(2)]
    sys.stdout, sys.stderr = (
        _text(outlet, old) for outlet, old in zip(_outlets, (sys.stdout, sys.stderr), strict=True)
    )


def lost_output() -> str | None:
    """Why standard output could not be written to, where its reader would want to know; None otherwise.

    A reader that went away is not told anything: it has what it wanted.
    """
    fault = _outlets[0].fault if _outlets else None
    return None if fault is None or isinstance(fault, BrokenPipeError) else fault.strerror


def _text(outlet: _Outlet, old: TextIO | None) -> TextIO:
    encoding = getattr(old, "encoding", None) or "utf-8"
    return io.TextIOWrapper(io.BufferedWriter(outlet), encoding=encoding, errors="winnow", line_buffering=True)


def _escaped(error: UnicodeError) -> tuple[str | bytes, int]:
    """What the encoding lacks as \\x.. or \\u....; bytes of file names that were no text as they were."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    if all("\udc80" <= character <= "\udcff" for character in text):
        return text.encode("ascii", "surrogateescape"), error.end
    first = error.object[error.start]
    if "\udc80" <= first <= "\udcff":
        return first.encode("ascii", "surrogateescape"), error.start + 1
    return first.encode("ascii", "backslashreplace").decode("ascii"), error.start + 1


codecs.register_error("winnow", _escaped)
