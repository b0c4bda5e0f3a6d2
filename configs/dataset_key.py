"""The key of a dataset: its partition in Dagster, and part of file names. Whoever makes a path or a table asks here.

Dagster takes any string as a dynamic partition key, also `..`, `/` and `|`.
"""

import hashlib
import re
from pathlib import Path

from configs.errors import InputError

PARTITIONS = "datasets"  # as Dagster calls all of them
KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def dataset_key(name: str) -> str:
    """`name` itself, if it can be a key. Raises InputError otherwise."""
    if not KEY.fullmatch(name) or ".." in name:
        raise InputError(
            f"dataset={name!r}: use up to 100 letters, digits, '.', '_' and '-', beginning with a letter or digit"
        )
    return name


def key_of_folder(folder: str) -> str:
    """A readable key for a folder, file or URL that has no name of its own: its last part and a hash of its path."""
    path = folder if "://" in folder else str(Path(folder).expanduser().absolute())
    words = re.sub(r"[^A-Za-z0-9_-]+", "-", Path(path).name).strip("-_")[:60]
    digest = hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return dataset_key(f"{words or 'dataset'}-{digest}")
