"""Walks a local folder and lists its pictures.

Only the walk belongs here; which names count and how they are labelled is in `sample_table`, shared with buckets.
"""

import logging
import os
import time
from pathlib import Path

import polars as pl

from configs.errors import InputError
from selection_assets.stages.samples.sample_table import input_samples, is_skipped_name
from selection_assets.stages.samples.supported_formats import IMAGE_EXTENSIONS, VIDEO_EXTENSIONS, extension_of

log = logging.getLogger("winnow")
_LOG_EVERY_SECONDS = 10.0
_LISTED_EXTENSIONS = frozenset(IMAGE_EXTENSIONS + VIDEO_EXTENSIONS)


def list_images(root: Path) -> pl.DataFrame:
    """List every picture below `root`, by the rules and with the columns of `sample_table.input_samples`.

    Symbolic links are followed. A linked folder that was listed already is passed over with a warning, so loops end.
    Hidden files and folders (leading dot) and folders with `lightly_outputs` in the name are not listed, at any depth.
    A broken link or another thing that is no regular file is listed: reading it later gives it a verdict.

    Raises:
        InputError: `root` is missing, no folder or not readable, a folder below it is not readable, or anything that
            `input_samples` refuses.
    """
    if not root.exists():
        raise InputError(f"input folder {root} does not exist: check the path (or the mount of the container)")
    if not root.is_dir():
        raise InputError(f"input {root} is a file, not a folder: give the folder that holds the pictures")

    filenames: list[str] = []
    sizes: list[int] = []
    modified_ns: list[int] = []
    seen_folders: set[tuple[int, int]] = set()
    folders = [(str(root), "")]
    started = last_said = time.monotonic()
    while folders:
        folder, prefix = folders.pop()
        try:
            status = os.stat(folder)  # noqa: PTH116 - plain strings: a Path per file costs more than the walk
            seen_folders.add((status.st_dev, status.st_ino))
            with os.scandir(folder) as listing:
                entries = list(listing)
        except OSError as error:
            raise InputError(
                f"cannot list folder {folder}: {error.strerror}; give the user of this program the right to read it "
                "(chmod 755), or move the folder out of the input"
            ) from error
        below: list[tuple[str, str]] = []
        for entry in entries:
            if _is_folder(entry):
                if not is_skipped_name(entry.name) and not _is_repeated_link(entry, seen_folders):
                    below.append((entry.path, f"{prefix}{entry.name}/"))
            elif not entry.name.startswith(".") and extension_of(entry.name) in _LISTED_EXTENSIONS:
                status = _status(entry)
                filenames.append(prefix + entry.name)
                sizes.append(status.st_size)
                modified_ns.append(status.st_mtime_ns)
        # Sorted, so that it never depends on the file system which of two links to one folder is passed over.
        folders.extend(sorted(below, reverse=True))
        now = time.monotonic()
        if now - last_said >= _LOG_EVERY_SECONDS:
            last_said = now
            log.info("Listing %s: %d files found after %.0f s", root, len(filenames), now - started)
    return input_samples(filenames, sizes, modified_ns, f"folder {root}")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that points at itself
        return False


def _is_repeated_link(entry: os.DirEntry[str], seen_folders: set[tuple[int, int]]) -> bool:
    if not entry.is_symlink():
        return False
    status = entry.stat()
    if (status.st_dev, status.st_ino) not in seen_folders:
        return False
    log.warning("%s links to a folder that is listed already: passed over", entry.path)
    return True


def _status(entry: os.DirEntry[str]) -> os.stat_result:
    try:
        return entry.stat()
    except OSError:  # broken link: list the link itself
        return entry.stat(follow_symlinks=False)
