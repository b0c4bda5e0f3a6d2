"""An interruption that Python drops is sent again.

What a signal's handler raises while a destructor or the callback of a weak reference is at work cannot be raised there:
Python reports it ("Exception ignored in …") and goes on, as if nobody had pressed Ctrl-C. Source: `sys.unraisablehook`.
"""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from dagster import DagsterExecutionInterruptedError

AGAIN_SECONDS = 0.1  # the destructor has ended by then


@contextmanager
def sent_again_when_lost() -> Iterator[None]:
    """While the block lasts. Everything else that cannot be raised is reported as before."""
    before = sys.unraisablehook

    def hook(lost: "sys.UnraisableHookArgs") -> None:
        if issubclass(lost.exc_type, KeyboardInterrupt | DagsterExecutionInterruptedError):
            again = threading.Timer(AGAIN_SECONDS, os.kill, (os.getpid(), signal.SIGINT))
            again.daemon = True
            again.start()
        else:
            before(lost)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = before
