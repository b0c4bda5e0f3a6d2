"""Locks between real processes: who waits, what the wait says, and that a killed process holds nothing."""

import errno
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from configs.errors import InputError
from resources import locks
from resources.locks import dataset_lock, forget_run, gpu_lock, run_alive, run_is_dead, state_folder_lock


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@contextmanager
def holding(code: str) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that is inside `with {code}`; killed at the end."""
    script = f"from resources.locks import *\nwith {code}:\n    print('in', flush=True)\n    input()\n"
    process = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"in\n"
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.communicate()


def enters(enter: Callable[[], object], seconds: float = 0.5) -> bool:
    """Whether a lock is had within a time; entered in another process, since flock belongs to open files."""
    child = os.fork()
    if child == 0:
        try:
            with enter():  # type: ignore[attr-defined]
                os._exit(0)
        finally:
            os._exit(1)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status == 0
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def test_a_run_is_dead_when_its_process_was_killed() -> None:
    assert not run_is_dead("a")  # never seen
    with holding("run_alive('a')") as process:
        assert not run_is_dead("a")
        process.kill()
        process.wait()
        assert run_is_dead("a")
        assert run_is_dead("a")
    forget_run("a")
    assert not run_is_dead("a")


def test_a_run_that_ended_is_forgotten(home: Path) -> None:
    with run_alive("a"), holding("run_alive('a')"), run_alive("a"):
        assert not run_is_dead("a")
    assert not run_is_dead("a")
    with run_alive("b"):
        assert (home / "locks" / "runs" / "b.lock").exists()
    assert not (home / "locks" / "runs" / "b.lock").exists()


def test_a_file_that_is_not_locked_yet_is_no_dead_run(home: Path) -> None:
    (home / "locks" / "runs").mkdir(parents=True)
    (home / "locks" / "runs" / "a.lock").touch()
    assert not run_is_dead("a")


def test_a_forked_child_keeps_no_lock_alive() -> None:
    script = (
        "import os, signal\nfrom resources.locks import *\n"
        "with run_alive('a'), dataset_lock('x', 'a', print):\n"
        "    child = os.fork()\n"
        "    if child == 0:\n        print(os.getpid(), flush=True)\n        signal.pause()\n"
        "    signal.pause()\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert process.stdout is not None
    child = int(process.stdout.readline())
    try:
        assert not run_is_dead("a")
        process.kill()
        process.wait()
        assert run_is_dead("a")
        assert enters(lambda: dataset_lock("x", "b", print))
    finally:
        os.kill(child, signal.SIGKILL)
        process.communicate()


def test_one_run_per_dataset_and_what_the_wait_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "SAY_EVERY_SECONDS", 0.4)
    said: list[str] = []
    with holding("dataset_lock('x', '1a2b3c4d-0', print, started_by='winnow run')") as other:

        def waiting(line: str) -> None:
            said.append(line)
            if len(said) == 3:
                other.kill()

        started = time.monotonic()
        with dataset_lock("x", "b", waiting, stop="; Ctrl-C stops waiting"):
            waited = time.monotonic() - started
    assert len(said) == 3
    assert 0.8 <= waited < 10
    pattern = (
        r"waiting for run 1a2b3c4d of dataset x \(started \d\d:\d\d by winnow run, "
        rf"process {other.pid} on \S+\) to end; Ctrl-C stops waiting"
    )
    assert re.fullmatch(pattern, said[0]), said[0]
    assert set(said) == {said[0]}


def test_another_dataset_does_not_wait() -> None:
    with holding("dataset_lock('x', 'a', print)"):
        assert enters(lambda: dataset_lock("y", "b", print))
        assert enters(lambda: dataset_lock("../x", "b", print))  # any string may be a partition
        assert enters(lambda: dataset_lock("x" * 300, "b", print))
        assert not enters(lambda: dataset_lock("x", "b", print))


def test_processes_of_one_run_share_its_dataset_until_the_last_has_left() -> None:
    with holding("dataset_lock('x', 'a', print)") as first, holding("dataset_lock('x', 'a', print)"):
        with dataset_lock("x", "a", print), dataset_lock("x", "a", print):
            assert not enters(lambda: dataset_lock("x", "b", print))
        first.kill()
        first.wait()
        assert not enters(lambda: dataset_lock("x", "b", print))
    assert enters(lambda: dataset_lock("x", "b", print))


def test_one_of_many_at_a_time(tmp_path: Path) -> None:
    """Eight processes of eight runs: a file that each creates and removes is never there when the next one enters."""
    script = (
        "import os, sys, time\nfrom resources import locks\nfrom resources.locks import dataset_lock\n"
        "locks.POLL_SECONDS = 0.001\n"
        "for turn in range(5):\n"
        "    with dataset_lock('x', f'{sys.argv[1]}', lambda line: None):\n"
        "        os.close(os.open(sys.argv[2], os.O_CREAT | os.O_EXCL)); time.sleep(0.005); os.unlink(sys.argv[2])\n"
    )
    command = [sys.executable, "-c", script]
    processes = [subprocess.Popen([*command, str(n), str(tmp_path / "inside")]) for n in range(8)]
    assert [process.wait(60) for process in processes] == [0] * 8


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_wait_at_once(number: signal.Signals) -> None:
    with holding("dataset_lock('x', 'a', print)"):
        script = (
            "import signal\nfrom resources.locks import *\n"
            "for each in (signal.SIGINT, signal.SIGTERM): signal.signal(each, signal.default_int_handler)\n"
            "try:\n    with dataset_lock('x', 'b', lambda line: print(line, flush=True)): pass\n"
            "except KeyboardInterrupt: raise SystemExit(130)\n"
        )
        process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"waiting for run a of dataset x")
        process.send_signal(number)
        assert process.wait(2) == 130
        process.communicate()


def test_one_run_per_gpu() -> None:
    with holding("gpu_lock('GPU-1f', 'a', print)"):
        assert enters(lambda: gpu_lock("GPU-2e", "b", print))
        assert enters(lambda: gpu_lock("GPU-1f", "a", print))
        assert not enters(lambda: gpu_lock("GPU-1f", "b", print))


def test_several_gpus_are_taken_in_one_order(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []

    @contextmanager
    def lock(device: str, run_id: str, waiting: object) -> Iterator[None]:
        taken.append(device)
        yield
        taken.append(f"{device} left")

    monkeypatch.setattr(locks, "gpu_lock", lock)
    with locks.gpu_locks(["GPU-2", "GPU-1"], "a", print):
        assert taken == ["GPU-1", "GPU-2"]
    assert taken[2:] == ["GPU-2 left", "GPU-1 left"]
    with locks.gpu_locks([], "a", print):
        assert len(taken) == 4


def test_one_process_at_a_time_creates_a_state_folder() -> None:
    with holding("state_folder_lock()"):
        assert not enters(state_folder_lock)
    assert enters(state_folder_lock)


def test_a_damaged_lock_file_is_written_again(home: Path) -> None:
    (home / "locks" / "datasets").mkdir(parents=True)
    (home / "locks" / "datasets" / "x.lock").write_text('{"run": [1,2', encoding="utf-8")
    assert enters(lambda: dataset_lock("x", "b", print))


def test_a_place_without_locks_is_one_line(home: Path) -> None:
    home.mkdir()
    (home / "locks").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match=r"cannot be locked .*set DAGSTER_HOME to a local folder"), run_alive("a"):
        pass


def test_a_file_system_without_locks_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(handle: int, mode: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    with pytest.raises(InputError, match=r"locks: .* \(No locks available\); set DAGSTER_HOME"), run_alive("a"):
        pass
    with pytest.raises(InputError, match=r"locks: .* \(No locks available\)"), dataset_lock("x", "a", print):
        pass


def test_one_web_server_for_a_state_folder() -> None:
    other = [sys.executable, "-c", "from resources.locks import ui_lock\nwith ui_lock('winnow ui'): print('held')"]
    with locks.ui_lock("winnow serve"):
        done = subprocess.run(other, capture_output=True, text=True, check=False)
        assert done.stdout == ""
        assert f"winnow serve is running on {locks.home()} already, process {os.getpid()} on " in done.stderr
        assert done.stderr.rstrip().endswith("; use that one, or stop it first")
    assert subprocess.run(other, capture_output=True, text=True, check=True).stdout == "held\n"
