"""Which errors of a file system say something about one object, and which say that the folder itself is gone.

The difference decides whether a run calls one picture corrupt or ends: a share that goes away makes no picture corrupt.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from configs.errors import InputError

# Everything else (stale handle, host or network down, time-out, I/O error, …) is about the disk or the network.
ABOUT_ONE_OBJECT = frozenset(
    {
        errno.ENOENT,
        errno.ENOTDIR,
        errno.EEXIST,  # a file lies where a folder is to be made
        errno.EACCES,
        errno.EPERM,
        errno.EISDIR,
        errno.ELOOP,
        errno.ENAMETOOLONG,
        errno.EILSEQ,  # a name that this file system cannot hold
        errno.ENXIO,  # opening a socket
    }
)


@contextmanager
def one_object_or_gone(root: Path, identity: tuple[int, int] | None, listed: Path | None = None) -> Iterator[None]:
    """Lets an OSError about one object pass; raises InputError for one that says that `root` is gone, or a part of it.

    identity: (device, inode) that `root` had before; another one now means that something was mounted or unmounted
        there. None where that is not known.
    listed: an object that was there before. Where its folder is gone now, or has nothing in it, a share below `root`
        or at the end of a link went away.
    """
    try:
        yield
    except OSError as error:
        if error.errno is not None and error.errno not in ABOUT_ONE_OBJECT:
            raise _gone(root, error.strerror, error.filename) from error
        if error.errno is not None:
            refuse_gone_root(root, identity)
            if listed is not None:
                _refuse_gone_folder(Path(os.path.realpath(listed)).parent)
        raise
    except ValueError as error:  # a name with a zero byte, or with half of a surrogate pair
        raise OSError("its name is none that a file can have") from error


def refuse_gone_root(root: Path, identity: tuple[int, int] | None) -> None:
    """Raises InputError where the folder is not there (any more) or may not be entered."""
    try:
        status = root.stat()
    except OSError as error:
        if identity is None:
            raise InputError(
                f"folder {root} cannot be read ({error.strerror}): check the path, or the mount of the container"
            ) from error
        raise _gone(root, error.strerror, None) from error
    if not stat.S_ISDIR(status.st_mode):
        raise InputError(f"{root} is a file, not a folder: give the folder that holds it")
    if identity is not None and (status.st_dev, status.st_ino) != identity:
        raise _gone(root, "another folder lies in its place", None)
    if not os.access(root, os.X_OK):
        raise _gone(root, os.strerror(errno.EACCES), None)


def _refuse_gone_folder(folder: Path) -> None:
    try:
        with os.scandir(folder) as entries:
            if next(entries, None) is None:
                raise _gone(folder, "nothing is in it any more", None)
    except OSError as error:
        raise _gone(folder, error.strerror, None) from error


def _gone(root: Path, reason: str | None, filename: object) -> InputError:
    at = f" at {filename}" if filename and str(filename) != str(root) else ""
    return InputError(
        f"folder {root} cannot be read any more ({reason}{at}): check the disk or network share that it lies on, mount "
        "it again, and run again"
    )
