"""Lists what lies below a local folder: every file once, links told apart from what they lead to.

Rules for links, so that the order in which a file system lists things never matters:
1. The folder is walked without following a link to a folder; what is found so has its own path as key.
2. Then links to folders are followed, in the order of their keys, those found on the way afterwards. One that leads to
   a folder that was walked already, or to one that holds the link or the root, is listed and not followed.
3. A link to a file is listed, with what it leads to. A link that leads nowhere is listed as a file.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from resources.stores.store import StoredObject


class _Folder(NamedTuple):
    path: str
    key: str  # ends with '/', empty for the root
    real: str  # its path without links


def walk(root: Path, start: str, skip: Callable[[str], bool]) -> Iterator[StoredObject]:
    """Every file below `root`/`start` (a key that ends with '/', or empty). OSError: a folder cannot be listed."""
    real_root = os.path.realpath(root)
    first = _Folder(str(root / start), start, os.path.realpath(root / start))
    walked: set[str] = set()  # paths without links: not every network file system has inode numbers worth the name
    links: deque[_Folder] = deque()  # to folders
    yield from _walk_tree(first, real_root, skip, walked, links)
    while links:
        link = links.popleft()
        if link.real in walked or _holds_link(link, real_root):
            yield StoredObject(link.key, 0, 0, "", _name_of(link.real, real_root) + "/")
        else:
            yield from _walk_tree(link, real_root, skip, walked, links)


def _walk_tree(
    top: _Folder,
    real_root: str,
    skip: Callable[[str], bool],
    walked: set[str],
    links: deque[_Folder],
) -> Iterator[StoredObject]:
    """Everything below `top` but links to folders, which are appended to `links`, sorted."""
    below_link = top.real + "/" != real_root + "/" + top.key and top.real != real_root
    found_links: list[_Folder] = []
    folders = [top]
    while folders:
        path, prefix, real = folders.pop()
        if real in walked:
            continue  # below a link: reached by an earlier one
        walked.add(real)
        try:
            with os.scandir(path) as listing:  # plain strings: a Path per file costs more than the walk
                entries = list(listing)
        except FileNotFoundError:
            if not prefix:
                raise
            continue  # removed since the folder above was listed
        for entry in entries:
            key = prefix + entry.name
            if _is_folder(entry):
                if skip(key + "/"):
                    yield StoredObject(key + "/", 0, 0, "")
                elif entry.is_symlink():
                    found_links.append(_Folder(entry.path, key + "/", os.path.realpath(entry.path)))
                else:
                    folders.append(_Folder(entry.path, key + "/", f"{real}/{entry.name}"))
                continue
            with suppress(FileNotFoundError):  # removed since the folder was listed
                yield _file(entry, key, f"{real}/{entry.name}" if below_link else "", real_root)
    links.extend(sorted(found_links, key=lambda link: link.key))


def _file(entry: os.DirEntry[str], key: str, real: str, real_root: str) -> StoredObject:
    """real: the file's path without links where `key` is another name of it, else empty."""
    try:
        status = entry.stat()
        real = os.path.realpath(entry.path) if entry.is_symlink() else real
    except OSError:  # a link that leads nowhere, or to itself
        status, real = entry.stat(follow_symlinks=False), ""
    return StoredObject(key, status.st_size, status.st_mtime_ns, local_etag(status), _name_of(real, real_root))


def local_etag(status: os.stat_result) -> str:
    """What changes when somebody writes to a file, or puts another one in its place.

    The time of writing alone is set as programs like: `cp -p`, `rsync -t` and archives bring that of another place. The
    time of change is the file system's own; a change of owner or rights counts, too.
    """
    return f"{written_etag(status)}-{status.st_ctime_ns}"


def written_etag(status: os.stat_result) -> str:
    """The part that stays when a file is renamed."""
    return f"{status.st_mtime_ns}-{status.st_size}"


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _holds_link(link: _Folder, real_root: str) -> bool:
    above = os.path.realpath(os.path.dirname(link.path.rstrip("/")))  # noqa: PTH120
    return any(f"{place}/".startswith(link.real.rstrip("/") + "/") for place in (real_root, above))


def _name_of(real: str, real_root: str) -> str:
    return real.removeprefix(real_root + "/")
