"""A log line every half minute while something long runs that cannot be counted, or whose single steps are long.

Loops over many items have `progress`.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from selection_assets.stages.progress import LOG_EVERY_SECONDS

log = logging.getLogger("winnow")


@contextmanager
def heartbeat(text: Callable[[], str], seconds: float = LOG_EVERY_SECONDS) -> Iterator[None]:
    """Log `text()` every `seconds` while the block runs; `text` is called in a thread of its own."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(seconds):
            log.info("%s", text())

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
