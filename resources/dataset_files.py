"""What is kept of each dataset: a row in the catalog, tables, thumbnails; and removing it with the dataset."""

import shutil
from collections.abc import Callable, Collection

from configs.dataset_key import KEY
from resources.catalog.datasets import add_missing, all_datasets, remove_datasets
from resources.home import home
from resources.table_place import is_local, remove_table, table_files, table_place

THUMBNAILS = "thumbnails"


def mirror_partitions(datasets: Callable[[], Collection[str]]) -> list[str]:
    """Remove what is kept of datasets that are no partitions any more, and add a row for each new one; returns the
    keys of those removed.

    datasets: the partitions. It is asked after everything was listed: whoever makes a dataset says so before anything
        of it is there.

    Raises InputError where tables in a bucket cannot be removed; the row of their dataset stays, so that the next call
    tries again.
    """
    rows = {each.name for each in all_datasets()}
    place = table_place()
    files = table_files(place) if is_local(place) else []  # a bucket is not listed every few seconds
    folders = list((home() / THUMBNAILS).glob("*"))
    known = set(datasets())
    gone = rows - known
    if new := {key for key in known - rows if KEY.fullmatch(key)}:
        add_missing(new)
    for file in files:
        if file.stem not in known:
            gone.add(file.stem)
            remove_table(file)
    for folder in folders:
        if folder.name not in known:
            gone.add(folder.name)
            shutil.rmtree(folder, ignore_errors=True)
    if not is_local(place):
        for file in [file for key in sorted(gone) if KEY.fullmatch(key) for file in table_files(place, key)]:
            remove_table(file)
    if gone & rows:
        remove_datasets(gone & rows)
    return sorted(gone)
