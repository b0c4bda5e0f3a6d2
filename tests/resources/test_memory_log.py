import subprocess
import sys
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import psutil
import pytest

from resources import memory_log
from resources.memory_log import MemoryLog, resident_mb

HEADER = "timestamp,rss_mb,total_mb,percent"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_log, "INTERVAL_SECONDS", 0.02)


def lines_after(log: MemoryLog, path: Path, number: int) -> list[str]:
    log.start()
    deadline = time.monotonic() + 20
    while len(path.read_text(encoding="utf-8").splitlines()) < number and time.monotonic() < deadline:
        time.sleep(0.01)
    log.stop()
    return path.read_text(encoding="utf-8").splitlines()


def test_a_line_at_every_interval_until_it_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    used = iter([100.0, 300.0, 200.0])
    monkeypatch.setattr(memory_log, "resident_mb", lambda: next(used, 50.0))
    before = datetime.now().replace(microsecond=0)
    log = MemoryLog(tmp_path / "memlog.txt")
    header, *lines = lines_after(log, tmp_path / "memlog.txt", 6)
    assert header == HEADER
    assert len(lines) >= 5
    assert [line.split(",")[1] for line in lines[:4]] == ["100.0", "300.0", "200.0", "50.0"]
    total = psutil.virtual_memory().total / 2**20
    for line in lines:
        stamp, rss, of_machine, percent = line.split(",")
        assert before <= datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%S") <= datetime.now()
        assert of_machine == f"{total:.1f}"
        assert percent == f"{100 * float(rss) / total:.2f}"
    assert log.peak_mb == 300.0
    time.sleep(0.1)
    assert len((tmp_path / "memlog.txt").read_text(encoding="utf-8").splitlines()) == len(lines) + 1


def test_an_interval_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_log, "INTERVAL_SECONDS", 60.0)
    assert len(lines_after(MemoryLog(tmp_path / "memlog.txt"), tmp_path / "memlog.txt", 2)) == 2


def test_a_full_disk_ends_the_log_and_not_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failed: list[BaseException | None] = []
    monkeypatch.setattr("threading.excepthook", lambda failure: failed.append(failure.exc_value))
    path = tmp_path / "memlog.txt"
    log = MemoryLog(path)
    log.start()
    deadline = time.monotonic() + 20
    while not path.is_dir() and time.monotonic() < deadline:
        path.unlink(missing_ok=True)
        with suppress(FileExistsError):  # the log has written in between
            path.mkdir()  # nothing can be appended to it
    while log._thread.is_alive() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not log._thread.is_alive()
    log.stop()
    assert failed == []


MEASURED = """
import subprocess, sys, psutil
from resources.memory_log import resident_mb
alone = resident_mb()
print(alone - psutil.Process().memory_info().rss / 2**20)
code = "x = bytearray(200 << 20); x[::4096] = b'x' * len(x[::4096]); print(1, flush=True); input()"
with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
    child.stdout.readline()
    print(resident_mb() - alone)
    child.communicate(b"\\n")
"""


def test_children_count() -> None:
    """In a process of its own: that of the tests has children that come and go."""
    done = subprocess.run([sys.executable, "-c", MEASURED], capture_output=True, text=True, check=True)
    own, more = map(float, done.stdout.split())
    assert abs(own) < 5
    assert 190 < more < 300


def test_a_child_that_has_ended_counts_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        def memory_info(self) -> None:
            raise psutil.NoSuchProcess(1)

    monkeypatch.setattr(psutil.Process, "children", lambda self, recursive: [Gone(), psutil.Process(), Gone()])
    own = psutil.Process().memory_info().rss / 2**20
    assert abs(resident_mb() - 2 * own) < 50
