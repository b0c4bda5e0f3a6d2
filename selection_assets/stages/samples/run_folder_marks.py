"""Folders of earlier runs among the files of an input: their plots and thumbnails are no pictures to select from."""

import re
from collections.abc import Callable, Iterable
from typing import Final

MARK: Final = ".winnow"  # an empty file in every run folder
CONFIG: Final = "config/hydra.yaml"  # in those of versions that wrote no mark, and of runs that were copied without it
MAX_CONFIG_BYTES: Final = 1 << 20
_OUR_JOB = re.compile(rb"^hydra:\s*\n\s+job:\s*\n\s+name:\s*winnow\s*$", re.MULTILINE)


def run_folders(keys: Iterable[str], read: Callable[[str, int], bytes]) -> list[str]:
    """Keys of the folders of runs (ending with '/'; empty for the root), sorted.

    keys: of all files. read: key, most bytes -> content; OSError where it cannot be had.
    """
    found: set[str] = set()
    for key in keys:
        if key.endswith(MARK) and (key == MARK or key.endswith(f"/{MARK}")):
            found.add(key.removesuffix(MARK))
        elif key.endswith(CONFIG) and (key == CONFIG or key.endswith(f"/{CONFIG}")) and _is_ours(key, read):
            found.add(key.removesuffix(CONFIG))
    return sorted(found)


def _is_ours(key: str, read: Callable[[str, int], bytes]) -> bool:
    try:
        return _OUR_JOB.search(read(key, MAX_CONFIG_BYTES)) is not None
    except OSError:
        return False
