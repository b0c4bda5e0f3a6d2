"""Which files a relevant-filenames file selects: pictures and videos, and what is told about them in JSON files."""

import re
from collections.abc import Callable
from functools import cached_property

from configs.errors import InputError
from configs.filenames.extensions import IMAGE_EXTENSIONS, VIDEO_EXTENSIONS
from configs.filenames.relevant_names import RelevantNames, relevant_lines
from resources.stores.bucket_store import BucketStore
from resources.stores.local_store import LocalStore

MOST = 128 << 20  # bytes of such a file
PATTERNS = 10_000
KEPT = 2  # of them stay in memory: a listing asks for the same one with every page
_FRAME = re.compile(r"(.+)-\d+-([A-Za-z0-9]+)")


class RelevantFiles:
    def __init__(self, lines: list[str], where: str) -> None:
        """Raises InputError as `RelevantNames`, and where there are more patterns than can be tried for each file."""
        if sum(len(line.split()) - 1 for line in lines if "*" in line) > PATTERNS:
            raise InputError(f"{where}: there are more than {PATTERNS:,} patterns; write prefixes, or names of files")
        self._names = RelevantNames(lines, where)
        self.selects: Callable[[str], bool] = self._names.selects

    @cached_property
    def _stems(self) -> frozenset[str]:
        return frozenset(name.rpartition(".")[0] for name in self._names.exact if "*" not in name)

    def selects_about(self, stem: str) -> bool:
        """Whether a file is selected that lacks only its extension, or the video of a frame (`cam/a-007-mp4`)."""
        if stem in self._stems or any(self.selects(stem + ending) for ending in (*IMAGE_EXTENSIONS, *VIDEO_EXTENSIONS)):
            return True
        frame = _FRAME.fullmatch(stem)
        return frame is not None and self.selects(f"{frame[1]}.{frame[2]}")


_kept: dict[tuple[str, str, str], RelevantFiles] = {}


def relevant_files(store: LocalStore | BucketStore, key: str, source: str) -> RelevantFiles:
    """source: id of the datasource that the store is of. Raises InputError where it is missing, too large, or no such
    file."""
    try:
        found = store.find(key)
        if found is None:
            raise InputError(f"{key!a}: there is no such file in {store.name}")
        known = (source, key, found.etag)
        files = _kept.get(known) or RelevantFiles(relevant_lines(store.get(key, MOST), key), key)
    except OSError as error:
        raise InputError(f"{key!a}: {error.strerror or error}") from None
    _kept[known] = files
    for old in list(_kept)[:-KEPT]:
        _kept.pop(old, None)
    return files
