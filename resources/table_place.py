"""Where the tables between assets lie: below the state folder, or at the place that WINNOW_TABLES_URL names."""

import os
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from upath import UPath

from configs.errors import InputError
from resources.home import home
from resources.stores.location import absolute_place, bucket_location

URL = "WINNOW_TABLES_URL"


def table_place() -> UPath:
    """The folder of <asset>/<dataset>.parquet: s3://, gs:// or az://bucket/folder, which the environment opens, or a
    local one. Nothing is asked of a bucket yet.

    Raises InputError for a URL that names no such place.
    """
    text = os.environ.get(URL, "")
    if not text:
        return UPath(home() / "tables")
    if location := bucket_location(URL, text):
        from resources.stores.bucket_path import bucket_path

        return bucket_path(location)
    return UPath(absolute_place(URL, text))


def is_local(path: UPath) -> bool:
    return isinstance(path, Path)


def place_told(place: UPath) -> AbstractContextManager[None]:
    """Around whatever is asked of the place: raises InputError where its bucket is gone, or may not be asked."""
    if is_local(place):
        return nullcontext()
    from resources.stores.bucket_path import told

    return told(place)


def require_table_place() -> None:
    """Raises InputError where the place is none, or its bucket cannot be listed."""
    place = table_place()
    with place_told(place):
        place.exists()


def table_files(place: UPath, dataset: str = "*") -> list[UPath]:
    """Those of a dataset, or of all. Raises InputError where a bucket cannot be listed."""
    with place_told(place):
        found = place.glob(f"*/{dataset}.parquet")
        return sorted(each for each in found if not each.name.startswith("."))  # which is being written


def remove_table(path: UPath) -> None:
    """Raises InputError where it may not be removed."""
    if is_local(path):
        path.unlink(missing_ok=True)
        return
    from resources.stores.bucket_path import told

    try:
        with told(path.parent, path.name, "remove"):
            path.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{path}: cannot be removed: {error.strerror or error}") from error
