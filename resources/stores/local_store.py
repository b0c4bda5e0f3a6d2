"""A local folder as a `Store`. Nothing in it fools a reader: pipes, devices, links in a circle, huge files."""

import errno
import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from configs.errors import InputError
from resources.atomic_file import disk_error, umask
from resources.stores.expirations import Dated, Expirations
from resources.stores.local_faults import ABOUT_ONE_OBJECT, one_object_or_gone, refuse_gone_root
from resources.stores.local_order import ordered_walk
from resources.stores.local_walk import local_etag, walk, written_etag
from resources.stores.store import Conflict, StoredObject

LOCK_FILE = ".lock"  # beside the object that is written on a condition
LOCK_SECONDS = 120.0
POLL_SECONDS = 0.05
# Steps by which a time of modification is moved until the file system sees two times apart.
_TIME_STEPS_NS = (1, 100, 1_000, 10**6, 10**9, 2 * 10**9)


class LocalStore:
    """Everything below one folder. Links are followed, also those that lead out of it.

    May be pickled and used from several threads. The folder need not exist before something is put into it.
    """

    readers = 4

    def __init__(self, root: Path, name: str = "") -> None:
        self.root = root
        self.name = name or f"folder {root}"
        self._identity: tuple[int, int] | None = None
        with suppress(OSError):
            status = root.stat()
            self._identity = (status.st_dev, status.st_ino)

    def list(self, prefix: str = "", *, skip: Callable[[str], bool] | None = None) -> Iterator[StoredObject]:
        start = prefix[: prefix.rfind("/") + 1]
        if start:
            self._path(start.rstrip("/"))
        try:
            with one_object_or_gone(self.root, self._identity):
                for found in walk(self.root, start, skip or _enter_all):
                    if found.key.startswith(prefix) and not _is_own(found.key):
                        yield found
        except (FileNotFoundError, NotADirectoryError):
            refuse_gone_root(self.root, self._identity)  # else there is nothing below `start`

    def ordered(
        self, folder: str = "", after: str = "", *, skip: Callable[[str], bool] | None = None
    ) -> Iterator[StoredObject]:
        self._path(folder)
        with one_object_or_gone(self.root, self._identity):
            refuse_gone_root(self.root, self._identity)
            for found in ordered_walk(self.root, folder, after, skip or _enter_all):
                if not _is_own(found.key):
                    yield found

    def get(self, key: str, max_bytes: int, *, listed: bool = False) -> bytes:
        known = self.root / key if listed else None
        with one_object_or_gone(self.root, self._identity, known), self._opened(key) as (file, size):
            if size > max_bytes:
                raise OSError(f"its {size:,} bytes exceed the limit of {max_bytes:,} bytes")
            # One byte more than promised: a buffer of `max_bytes` for every small file costs more than the reading.
            data = file.read(size + 1)
            if len(data) > size:
                raise OSError("it grows while it is read")
            return data

    def head(self, key: str, length: int) -> bytes:
        with one_object_or_gone(self.root, self._identity), self._opened(key) as (file, _):
            return file.read(length)

    @contextmanager
    def local_copy(self, key: str) -> Iterator[Path]:
        with one_object_or_gone(self.root, self._identity), self._opened(key):
            path = self._path(key)
        yield path

    def put(self, key: str, data: bytes | Path, *, if_absent: bool = False, if_etag: str | None = None) -> str:
        target = self._path(key)
        temporary: Path | None = None
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".winnow-", suffix=target.suffix, dir=target.parent)
            temporary = Path(name)
            with os.fdopen(handle, "wb") as file:
                if isinstance(data, Path):
                    with data.open("rb") as source:
                        shutil.copyfileobj(source, file, 1 << 20)
                else:
                    file.write(data)
            temporary.chmod(0o666 & ~umask())
            if if_etag is not None:
                with _locked(target.parent):
                    if _etag(target) != if_etag:
                        raise Conflict(f"{target} has changed")
                    return _replace(temporary, target)
            if if_absent:
                return _link(temporary, target)
            return _replace(temporary, target)
        except OSError as error:
            found = disk_error(error, target)
            if found is error and error.errno not in ABOUT_ONE_OBJECT:
                found = InputError(
                    f"{target}: cannot be written ({error.strerror}); check the disk or network share that it lies on, "
                    "and run again"
                )
            raise found from error
        finally:
            if temporary is not None:
                with suppress(OSError):
                    temporary.unlink(missing_ok=True)

    def sign(self, key: str, seconds: int) -> str:
        return self._path(key).absolute().as_uri()

    def find(self, key: str) -> StoredObject | None:
        try:
            with one_object_or_gone(self.root, self._identity):
                status = self._path(key).stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        if not stat.S_ISREG(status.st_mode):
            return None
        return StoredObject(key, status.st_size, status.st_mtime_ns, local_etag(status))

    def remove(self, key: str) -> None:
        with one_object_or_gone(self.root, self._identity):
            self._path(key).unlink(missing_ok=True)

    def expirations(self, objects: Iterable[Dated], before_ns: int | None) -> Expirations:
        del objects, before_ns
        return Expirations({})  # nothing in a folder goes by itself

    def place(self, key: str = "") -> str:
        return str(self.root / key)

    def key_of_folder(self, place: str) -> str:
        """Wherever links lead."""
        root, inside = os.path.realpath(self.root), os.path.realpath(place)
        return inside.removeprefix(f"{root}/") + "/" if inside.startswith(f"{root}/") else ""

    def below(self, folder: str) -> "LocalStore":
        return LocalStore(self._path(folder))

    def require_writable(self) -> None:
        """The folder, or the one in which it would be made."""
        nearest = next(path for path in (self.root, *self.root.parents) if path.exists())
        if not nearest.is_dir():
            raise InputError(f"{nearest} is not a folder; choose another place")
        if not os.access(nearest, os.W_OK | os.X_OK):
            raise InputError(
                f"{nearest} cannot be written to; make it writable (in a container: mount it without :ro), or choose "
                "another place"
            )

    def _path(self, key: str) -> Path:
        if key.startswith("/") or ".." in key.split("/"):
            raise OSError(f"its name leads out of {self.name}")
        return self.root / key

    @contextmanager
    def _opened(self, key: str) -> Iterator[tuple[IO[bytes], int]]:
        # Without O_NONBLOCK, opening a pipe waits for someone to write into it.
        descriptor = os.open(self._path(key), os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        with open(descriptor, "rb", closefd=True) as file:  # noqa: PTH123 - from a descriptor
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise OSError("it is not a regular file")
            yield file, status.st_size


def _enter_all(_: str) -> bool:
    return False


def _is_own(key: str) -> bool:
    """Files of the store's own: the lock, and what a killed process was writing."""
    name = key.rpartition("/")[2]
    return name == LOCK_FILE or name.startswith(".winnow-")


def _etag(path: Path) -> str | None:
    try:
        return local_etag(path.stat())
    except FileNotFoundError:
        return None


def _replace(temporary: Path, target: Path) -> str:
    """Rename, with another etag than the target has: clocks of file systems are too coarse to tell two writes apart."""
    try:
        before = written_etag(target.stat())
    except FileNotFoundError:
        before = ""
    for step in _TIME_STEPS_NS:
        if written_etag(temporary.stat()) != before:
            break
        status = temporary.stat()
        os.utime(temporary, ns=(status.st_atime_ns, status.st_mtime_ns + step))
    temporary.replace(target)
    return local_etag(target.stat())


def _link(temporary: Path, target: Path) -> str:
    """Give the file its name unless that is taken."""
    try:
        os.link(temporary, target)
        temporary.unlink()  # which changes the etag
        return local_etag(target.stat())
    except FileExistsError:
        raise Conflict(f"{target} is there already") from None
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK):
            raise
    with _locked(target.parent):  # a file system without hard links
        if _etag(target) is not None:
            raise Conflict(f"{target} is there already")
        return _replace(temporary, target)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One writer at a time in this folder. The system ends the lock of a killed process."""
    with (folder / LOCK_FILE).open("a") as file:
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise InputError(
                        f"another process has been writing to {folder} for {LOCK_SECONDS:.0f} s; run again when it "
                        "has ended"
                    ) from None
                time.sleep(POLL_SECONDS)
        yield
