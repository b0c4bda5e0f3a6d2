"""Files appear whole or not at all: write beside the target, then rename.

Only the way of writing belongs here; formats do not. It needs nothing else of ours, and the stages use it too.
"""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from configs.errors import InputError


@contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """A temporary path beside `target`, with its extension: renamed when the block ends well, removed otherwise.

    Raises InputError where the disk is full or the folder cannot be written to.
    """
    temporary: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".winnow-", suffix=target.suffix, dir=target.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        temporary.chmod(0o666 & ~umask())
        temporary.replace(target)
    except OSError as error:
        raise disk_error(error, target) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def write_text(target: Path, text: str) -> None:
    """Write `text` as UTF-8 with `\\n` line ends."""
    with atomic_path(target) as path, path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)


def disk_error(error: OSError, target: Path) -> Exception:
    """An InputError for what the user can mend about a disk, the error itself for the rest."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return InputError(f"{target}: the disk is full; free some space in {target.parent} and run again")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return InputError(f"{target}: cannot be written ({error.strerror}); make {target.parent} writable")
    return error


@cache  # asking for it changes it for a moment, in all threads
def umask() -> int:
    """The rights that new files do not get."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
