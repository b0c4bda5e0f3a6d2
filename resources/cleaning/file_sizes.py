"""How much space files take."""

import os
from contextlib import suppress
from pathlib import Path


def size_of(place: Path) -> int:
    """Bytes of a file, or of all files below a folder; 0 where there is nothing (any more)."""
    total = 0
    for file in place.rglob("*") if place.is_dir() else [place]:
        with suppress(OSError):
            total += file.lstat().st_size if not file.is_dir() else 0
    return total


def last_change(place: Path) -> float:
    """When a file was last written, or the youngest one below a folder, or the folder; seconds since 1970."""
    moments = [0.0]
    for file in [place, *place.rglob("*")]:
        with suppress(OSError):
            moments.append(os.lstat(file).st_mtime)
    return max(moments)
