"""memlog.txt: the memory of the run's processes over time, as `timestamp,rss_mb,total_mb,percent`.

`rss_mb` is the resident memory of this process and its children; `total_mb` the machine's.
"""

import threading
from datetime import datetime
from pathlib import Path

import psutil

INTERVAL_SECONDS = 2.0


class MemoryLog:
    """Appends one line every two seconds until it is stopped."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="memory log", daemon=True)
        self.peak_mb = 0.0

    def start(self) -> None:
        if not self._path.exists():  # a run may go on in the folder of another, or be several processes
            self._path.write_text("timestamp,rss_mb,total_mb,percent\n", encoding="utf-8")
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        total = psutil.virtual_memory().total / 2**20
        while True:
            used = resident_mb()
            self.peak_mb = max(self.peak_mb, used)
            try:
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(f"{datetime.now():%Y-%m-%dT%H:%M:%S},{used:.1f},{total:.1f},{100 * used / total:.2f}\n")
            except OSError:
                return  # a full disk ends the log, not the run; the step that needs the space reports it
            if self._stop.wait(INTERVAL_SECONDS):
                return


def resident_mb() -> float:
    """Resident memory of this process and its children in MiB."""
    process = psutil.Process()
    total = 0
    for each in (process, *process.children(recursive=True)):
        try:
            total += each.memory_info().rss
        except psutil.Error:  # it has ended meanwhile
            continue
    return total / 2**20
