"""Ctrl-C and SIGTERM end a training, also where Python loses them.

A handler's exception is dropped ("Exception ignored in …") while a destructor or the callback of a weak reference is at
work, of which a training has many. So the signal is remembered, and answered once more before the next batch.
This module imports Lightning: import it inside the functions that use it.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import Any

import pytorch_lightning as pl

Handler = Callable[[int, FrameType | None], Any]


class Interruption(pl.Callback):
    """Use `listening` around the training; signals have handlers in the main thread only, others are not touched."""

    def __init__(self) -> None:
        self._asked: tuple[Handler, int] | None = None

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Handlers are what they were afterwards: Lightning disables Ctrl-C when it has answered one."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        for number, handler in before.items():
            if callable(handler):
                signal.signal(number, partial(self._remember, handler))
        try:
            yield
        finally:
            for number, handler in before.items():
                if handler is not None:  # None: not Python's own
                    signal.signal(number, handler)

    def on_train_batch_start(self, *_: Any) -> None:
        if self._asked is not None:
            handler, number = self._asked
            handler(number, None)

    def _remember(self, handler: Handler, number: int, frame: FrameType | None) -> None:
        self._asked = handler, number
        handler(number, frame)
