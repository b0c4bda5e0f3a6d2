"""What is kept of each dataset: a row in the catalog, tables, thumbnails; and removing it with the dataset."""

import shutil
from collections.abc import Callable, Collection

from configs.dataset_key import KEY
from resources.catalog.datasets import add_missing, all_datasets, remove_datasets
from resources.home import home

TABLES, THUMBNAILS = "tables", "thumbnails"


def mirror_partitions(datasets: Callable[[], Collection[str]]) -> list[str]:
    """Remove what is kept of datasets that are no partitions any more, and add a row for each new one; returns the
    keys of those removed.

    datasets: the partitions. It is asked after everything was listed: whoever makes a dataset says so before anything
        of it is there.
    """
    rows = {each.name for each in all_datasets()}
    files = list((home() / TABLES).glob("*/*.parquet"))
    folders = list((home() / THUMBNAILS).glob("*"))
    known = set(datasets())
    gone = rows - known
    if gone:
        remove_datasets(gone)
    if new := {key for key in known - rows if KEY.fullmatch(key)}:
        add_missing(new)
    for file in files:
        if file.stem not in known:
            gone.add(file.stem)
            file.unlink(missing_ok=True)
    for folder in folders:
        if folder.name not in known:
            gone.add(folder.name)
            shutil.rmtree(folder, ignore_errors=True)
    return sorted(gone)
