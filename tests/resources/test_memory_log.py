import time
from pathlib import Path

import psutil
import pytest

from resources import memory_log
from resources.memory_log import MemoryLog


def test_lines_until_it_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_log, "INTERVAL_SECONDS", 0.01)
    log = MemoryLog(tmp_path / "memlog.txt")
    log.start()
    until = time.monotonic() + 30
    while len(lines(tmp_path)) < 5 and time.monotonic() < until:
        time.sleep(0.01)
    log.stop()
    found = lines(tmp_path)
    assert found[0] == "timestamp,rss_mb,total_mb,percent"
    assert len(found) >= 5
    time.sleep(0.1)
    assert lines(tmp_path) == found
    ours = psutil.Process().memory_info().rss / 2**20
    for line in found[1:]:
        _, used, total, percent = line.split(",")
        assert float(total) == pytest.approx(psutil.virtual_memory().total / 2**20, abs=0.1)
        assert float(percent) == pytest.approx(100 * float(used) / float(total), abs=0.01)
        assert float(used) > 0.5 * ours
    assert log.peak_mb == pytest.approx(max(float(line.split(",")[1]) for line in found[1:]), abs=0.06)


def test_a_file_that_cannot_be_written_ends_the_log_and_not_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_log, "INTERVAL_SECONDS", 0.01)
    (tmp_path / "run").mkdir()
    log = MemoryLog(tmp_path / "run" / "memlog.txt")
    log.start()
    (tmp_path / "run").rename(tmp_path / "elsewhere")
    log._thread.join(30)
    assert not log._thread.is_alive()
    log.stop()


def lines(folder: Path) -> list[str]:
    return (folder / "memlog.txt").read_text(encoding="utf-8").splitlines()
