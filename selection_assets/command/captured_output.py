"""What a terminal keeps while Dagster captures the output of a run: live progress, and quiet on Ctrl-C.

Dagster points standard output and error at files, which two processes per stream copy to where they pointed before.
Only the way around that belongs here; what progress looks like is in `stages.progress`.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from selection_assets.stages.progress import show_on


@contextmanager
def live_terminal() -> Iterator[None]:
    """While it is open, progress is drawn on the terminal, if there is one, and Dagster's copying processes do not get
    its Ctrl-C: they would answer with a traceback each."""
    from dagster._core.execution import compute_logs

    copying = compute_logs.execute_posix_tail

    @contextmanager
    def undisturbed(path: str, stream: Any) -> Iterator[Any]:
        with ExitStack() as stack:
            # New processes inherit the signals that are blocked where they start.
            before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            try:
                processes = stack.enter_context(copying(path, stream))
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
            yield processes

    compute_logs.execute_posix_tail = undisturbed
    try:
        if sys.stderr.isatty():
            with os.fdopen(os.dup(sys.stderr.fileno()), "w") as terminal, show_on(terminal):
                yield
        else:
            yield
    finally:
        compute_logs.execute_posix_tail = copying
