"""Which run is alive, and who may use a dataset or a GPU: advisory locks on files below `DAGSTER_HOME/locks`.

The kernel frees a lock when its process ends in whatever way, also in another container or on another host that shares
the folder. So nothing here has to be cleaned up, and no process id is ever compared.

Processes of one run share its locks: each holds them in shared mode, and the file names the run.
"""

import fcntl
import hashlib
import json
import os
import socket
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import quote, unquote

from configs.errors import InputError
from resources.home import home

POLL_SECONDS = 0.2
SAY_EVERY_SECONDS = 30.0
DOORS = 16
LONGEST_NAME = 150  # of a file; longer names become their hash
Waiting = Callable[[str], None]  # is given the line that says what is waited for

_held: set[int] = set()  # file descriptors, which a forked child must not keep open: the lock would outlive its process


@contextmanager
def run_alive(run_id: str) -> Iterator[None]:
    """Shows that a run is alive while the block lasts. Every process that works for the run may enter it."""
    path = _lock_file("runs", run_id)
    with _open(path) as handle:
        _lock(handle, fcntl.LOCK_SH)
        os.pwrite(handle, b"locked", 0)
        yield
        if _try_lock(handle, fcntl.LOCK_EX):  # no other process of the run is left
            path.unlink(missing_ok=True)


def run_is_dead(run_id: str) -> bool:
    """Whether the processes of a run ended without saying so. False for a run that never entered `run_alive`."""
    path = _lock_file("runs", run_id)
    if not path.exists():
        return False
    with _open(path) as handle:
        # An empty file is one that its process has not locked yet.
        return _try_lock(handle, fcntl.LOCK_EX) and os.fstat(handle).st_size > 0


def dead_runs() -> list[str]:
    """Ids of the runs whose processes ended without saying so."""
    files = (home() / "locks" / "runs").glob("*.lock")
    return sorted(run_id for run_id in (unquote(file.stem) for file in files) if run_is_dead(run_id))


@contextmanager
def keeper_lock(run_id: str) -> Iterator[bool]:
    """Whether this process is the one that keeps the run's locks between its steps, see `resources.lock_keeper`."""
    path = _lock_file("keepers", run_id)
    with _open(path) as handle:
        is_keeper = _try_lock(handle, fcntl.LOCK_EX)
        yield is_keeper
        if is_keeper:
            path.unlink(missing_ok=True)


@contextmanager
def staging_lock(run_id: str) -> Iterator[Callable[[], bool]]:
    """Held while a process works in the local copy of a run's folder; what it yields tells whether it is the only one.

    Enter and leave it under `staging_door`.
    """
    path = _lock_file("staged", run_id)
    with _open(path) as handle:
        _lock(handle, fcntl.LOCK_SH)
        yield lambda: _try_lock(handle, fcntl.LOCK_EX)
        if _try_lock(handle, fcntl.LOCK_EX):
            path.unlink(missing_ok=True)


@contextmanager
def staging_door(run_id: str) -> Iterator[None]:
    """One process of a run at a time begins or ends its work in the local copy of the run's folder."""
    number = zlib.crc32(run_id.encode()) % DOORS  # a file per run could never be removed
    with _open(_lock_file("staged", f"door {number}")) as handle:
        _lock(handle, fcntl.LOCK_EX)
        yield


def forget_run(run_id: str) -> None:
    """Remove what a dead run left behind, once its end has been noted."""
    _lock_file("runs", run_id).unlink(missing_ok=True)


@contextmanager
def dataset_lock(
    dataset: str, run_id: str, waiting: Waiting, *, started_by: str = "the Dagster UI", stop: str = ""
) -> Iterator[None]:
    """One run per dataset at a time: waits for the run that has it.

    waiting: called at once when there is something to wait for, and every 30 s.
    started_by: how messages of those who wait call the door of this run.
    stop: how the user ends the wait, e.g. "; Ctrl-C stops waiting".
    """
    message = f"waiting for run {{run}} of dataset {dataset} ({{details}}) to end{stop}"
    with _owned(_lock_file("datasets", dataset), run_id, started_by, message, waiting):
        yield


@contextmanager
def free_dataset(dataset: str, holder: str) -> Iterator[bool]:
    """Whether no run is at work on the dataset; then none begins while the block lasts.

    holder: how messages of runs that wait call whoever asks.
    """
    with _open(_lock_file("datasets", dataset)) as handle:
        yield _shared_with_own_run(handle, f"cleaning {socket.gethostname()} {os.getpid()}", holder)


@contextmanager
def gpu_lock(device: str, run_id: str, waiting: Waiting, *, started_by: str = "the Dagster UI") -> Iterator[None]:
    """One run per GPU at a time. Enter it only where a GPU is used.

    device: what names the card on every host and in every container, e.g. its UUID.
    """
    message = f"waiting for run {{run}} ({{details}}) to leave GPU {device}"
    with _owned(_lock_file("gpus", device), run_id, started_by, message, waiting):
        yield


@contextmanager
def gpu_locks(devices: Sequence[str], run_id: str, waiting: Waiting) -> Iterator[None]:
    """`gpu_lock` of several cards; of none where no GPU is used. In one order, so that no two runs block each other."""
    with ExitStack() as stack:
        for device in sorted(devices):
            stack.enter_context(gpu_lock(device, run_id, waiting))
        yield


@contextmanager
def state_folder_lock() -> Iterator[None]:
    """One process at a time creates what a new state folder lacks. Held for a moment, thus without a word."""
    with _open(_lock_file("", "state_folder")) as handle:
        _lock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def endings_lock() -> Iterator[None]:
    """One process at a time notes the ends of killed runs: two would note, and retry, each of them twice."""
    with _open(_lock_file("", "endings")) as handle:
        _lock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def ui_lock(command: str) -> Iterator[None]:
    """One web server with its daemon per state folder: two daemons would both start the same runs.

    command: `winnow ui`, or another that has both. Raises InputError where there is one.
    """
    with _open(_lock_file("", "ui")) as handle:
        if not _shared_with_own_run(handle, f"ui {socket.gethostname()} {os.getpid()}", command):
            owner = _owner(handle)
            who = f", process {owner['pid']} on {owner['host']} since {owner['started']}" if owner else ""
            running = owner["by"] if owner else "winnow ui"
            raise InputError(f"{running} is running on {home()} already{who}; use that one, or stop it first")
        yield


@contextmanager
def _owned(path: Path, run_id: str, started_by: str, message: str, waiting: Waiting) -> Iterator[None]:
    with _open(path) as handle:
        said = -SAY_EVERY_SECONDS
        while not _shared_with_own_run(handle, run_id, started_by):
            owner = _owner(handle)
            if owner and time.monotonic() - said >= SAY_EVERY_SECONDS:
                said = time.monotonic()
                details = f"started {owner['started']} by {owner['by']}, process {owner['pid']} on {owner['host']}"
                waiting(message.format(run=owner["run"][:8], details=details))
            time.sleep(POLL_SECONDS)
        yield


def _shared_with_own_run(handle: int, run_id: str, started_by: str) -> bool:
    """Whether this process now holds the lock, alone or with others of its run.

    The owner is written under the exclusive lock. To make that a shared one gives it up for a moment, in which another
    run may become the owner: so the owner is read again.
    """
    if _try_lock(handle, fcntl.LOCK_EX):
        _write_owner(handle, run_id, started_by)
    if _try_lock(handle, fcntl.LOCK_SH):
        owner = _owner(handle)
        if owner and owner["run"] == run_id:
            return True
    _lock(handle, fcntl.LOCK_UN)
    return False


def _write_owner(handle: int, run_id: str, started_by: str) -> None:
    owner = {
        "run": run_id,
        "started": f"{datetime.now():%H:%M}",
        "by": started_by,
        "pid": os.getpid(),
        "host": socket.gethostname(),
    }
    os.ftruncate(handle, 0)
    os.pwrite(handle, json.dumps(owner).encode(), 0)


def _owner(handle: int) -> dict[str, str] | None:
    """Who wrote the file last; None while somebody is writing it."""
    try:
        owner = json.loads(os.pread(handle, 4096, 0))
        return {key: str(owner[key]) for key in ("run", "started", "by", "pid", "host")}
    except (ValueError, TypeError, KeyError):
        return None


def _lock_file(kind: str, name: str) -> Path:
    safe = quote(name, safe="")
    if len(safe) > LONGEST_NAME:
        safe = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return home() / "locks" / kind / f"{safe}.lock"


@contextmanager
def _open(path: Path) -> Iterator[int]:
    """A file descriptor that is closed after the block, which frees its lock, and in every forked child at once."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be locked ({error.strerror}); set DAGSTER_HOME to a local folder that can be written to"
        ) from None
    _held.add(handle)
    try:
        yield handle
    finally:
        _held.discard(handle)
        os.close(handle)


def _try_lock(handle: int, mode: int) -> bool:
    try:
        _lock(handle, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lock(handle: int, mode: int) -> None:
    try:
        fcntl.flock(handle, mode)
    except BlockingIOError:
        raise
    except OSError as error:  # not every network file system knows locks
        raise InputError(
            f"{home() / 'locks'}: files cannot be locked there ({error.strerror}); set DAGSTER_HOME to a local folder"
        ) from None


def _close_in_child() -> None:
    for handle in _held:
        os.close(handle)
    _held.clear()


os.register_at_fork(after_in_child=_close_in_child)
