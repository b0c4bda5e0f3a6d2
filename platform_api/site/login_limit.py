"""How often somebody may try to log in: guessing a token of 256 bits is hopeless, and this keeps it from being loud."""

import threading
import time
from collections import OrderedDict

TRIES, SECONDS = 10, 60.0
_MOST = 10_000  # addresses that are remembered


class LoginLimit:
    """Failed logins by address, in one process."""

    def __init__(self) -> None:
        self._failed: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def is_reached(self, address: str) -> bool:
        with self._lock:
            return len(self._recent(address)) >= TRIES

    def failed(self, address: str) -> None:
        with self._lock:
            self._failed[address] = [*self._recent(address), time.monotonic()][-TRIES:]
            self._failed.move_to_end(address)
            while len(self._failed) > _MOST:
                self._failed.popitem(last=False)

    def _recent(self, address: str) -> list[float]:
        since = time.monotonic() - SECONDS
        return [moment for moment in self._failed.get(address, []) if moment > since]
