"""Lists what lies below a local folder in the order of its keys, from any key on, with bounded memory.

Other than `local_walk`, which lists every file once, it follows links wherever they lead, but in no circle: a file that
has several names is listed under each, and says what it leads to.
"""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from heapq import nsmallest
from pathlib import Path

from resources.stores.local_walk import local_etag
from resources.stores.store import StoredObject

BLOCK = 50_000  # names in memory; a larger folder is looked through once for each


def ordered_walk(root: Path, folder: str, after: str, skip: Callable[[str], bool]) -> Iterator[StoredObject]:
    """Every file below `root`/`folder` (a key that ends with '/', or empty) whose key is greater than `after`.

    skip: see `Store.list`, but such a folder is not listed. OSError: a folder cannot be listed.
    """
    real_root = os.path.realpath(root)
    entered = [(_names(f"{root}/{folder}", folder, after), folder, os.path.realpath(root / folder))]
    while entered:
        names, prefix, real = entered[-1]
        name = next(names, None)
        if name is None:
            entered.pop()
            continue
        key = prefix + name
        if not name.endswith("/"):
            with suppress(FileNotFoundError):  # removed since the folder was listed
                yield _file(f"{root}/{key}", key, f"{real}/{name}", real_root)
        elif not skip(key):
            below = os.path.realpath(f"{root}/{key}")
            if not any(f"{above}/".startswith(f"{below}/") for _, _, above in entered):
                entered.append((_names(f"{root}/{key}", key, after), key, below))


def _names(path: str, prefix: str, after: str) -> Iterator[str]:
    """What is in a folder, in the order of the keys: names of folders end with '/'. Those that hold only keys up to
    `after` are left out."""
    last = ""
    while True:
        with suppress(FileNotFoundError), os.scandir(path) as entries:
            names = (f"{entry.name}/" if _is_folder(entry) else entry.name for entry in entries)
            block = nsmallest(BLOCK, (name for name in names if name > last and _is_beyond(prefix + name, after)))
            yield from block
            if len(block) == BLOCK:
                last = block[-1]
                continue
        return


def _is_beyond(key: str, after: str) -> bool:
    return key > after or (key.endswith("/") and after.startswith(key))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _file(path: str, key: str, real: str, real_root: str) -> StoredObject:
    """real: its path, without links in its folder."""
    status = os.lstat(path)
    if stat.S_ISLNK(status.st_mode):
        real = os.path.realpath(path)
        with suppress(OSError):  # a link that leads nowhere, or to itself
            status = os.stat(path)  # noqa: PTH116 - a Path per file costs more than the walk
    is_itself = real == f"{real_root}/{key}"
    link_to = "" if is_itself else real.removeprefix(f"{real_root}/")
    return StoredObject(key, status.st_size, status.st_mtime_ns, local_etag(status), link_to)
