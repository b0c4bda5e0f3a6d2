"""Reads one file of a local folder without being fooled by what lies there.

A reader for buckets has the same shape: name in, bytes out, `OSError` when this one file cannot be had.
"""

import os
import stat
from pathlib import Path


def read_regular_file(root: Path, filename: str, max_bytes: int) -> bytes:
    """Content of the regular file `root`/`filename`; links are followed.

    Raises:
        OSError: missing, no permission, larger than `max_bytes`, not a regular file (folder, pipe, device: none of
            them is waited for), or a name that climbs out of `root` with `..` or starts with `/`.
    """
    if filename.startswith("/") or ".." in filename.split("/"):
        raise OSError("its name leads out of the input folder")
    # Without O_NONBLOCK, opening a pipe waits for someone to write into it.
    descriptor = os.open(root / filename, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    with open(descriptor, "rb", closefd=True) as file:  # noqa: PTH123 - from a descriptor
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError("it is not a regular file")
        if status.st_size > max_bytes:
            raise OSError(f"its {status.st_size:,} bytes exceed the limit of {max_bytes:,} bytes")
        # One byte more than promised: a buffer of `max_bytes` for every small file would cost more than the reading.
        data = file.read(status.st_size + 1)
    if len(data) > status.st_size:
        raise OSError("it grows while it is read")
    return data
