"""Whether a model file is whole and of a sane size, before a byte of it is unpacked. Needs no torch.

A PyTorch file (checkpoint or TorchScript program) is a zip archive, and a zip archive knows the CRC-32 of every entry;
PyTorch's own reader does not look at them. The older PyTorch format and safetensors have no checksums: what their
numbers can tell is in `plausible_weights`.
"""

import zipfile
from pathlib import Path

from configs.errors import InputError

MAX_BYTES = 8 * 2**30  # resnet-152 of width 2 in float32, with the optimizer's state, has about 2 GiB
MAX_ENTRIES = 100_000


def check_archive(path: Path) -> None:
    """Raises InputError where the file cannot be read, would fill the memory, or is not what was written."""
    try:
        size = path.stat().st_size
        with path.open("rb"):
            pass
        fault = archive_fault(path) if size <= MAX_BYTES else _too_large(size)
    except OSError as error:
        raise InputError(
            f"checkpoint {path}: cannot be read ({error.strerror}); check the path (relative to the shared directory)"
        ) from error
    if fault is not None:
        raise InputError(f"checkpoint {path}: {fault}")


def archive_fault(path: Path) -> str | None:
    """What is wrong with a zip archive, and the mend; None for a whole one, and for a file that is no zip archive.

    Reads the whole file once, about 3 GB a second.
    """
    if not zipfile.is_zipfile(path):
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            size = sum(entry.file_size for entry in entries)
            if len(entries) > MAX_ENTRIES:
                return f"holds {len(entries):,} entries; this is no checkpoint of a model"
            if size > MAX_BYTES:
                return _too_large(size)
            bad = archive.testzip()
    except MemoryError:
        raise
    except Exception as error:  # a hostile or damaged archive makes the reader raise nearly anything
        reason = ascii(str(error) or type(error).__name__)[1:-1]
        return f"is damaged ({reason}); copy or export it again"
    return None if bad is None else f"is damaged (wrong checksum of its part {bad!a}); copy or export it again"


def _too_large(size: int) -> str:
    return (
        f"unpacks to {size / 2**30:.1f} GiB, more than the {MAX_BYTES / 2**30:.0f} GiB allowed; save the weights alone "
        "(state_dict)"
    )
