"""What the state folder keeps of each dataset: settings, tables, thumbnails; and removing it with the dataset."""

import shutil
from collections.abc import Callable, Collection

from resources.home import home

TABLES, THUMBNAILS, SETTINGS = "tables", "thumbnails", "datasets"


def remove_files_of_others(datasets: Callable[[], Collection[str]]) -> list[str]:
    """Remove what is kept of datasets that are not among `datasets`; returns their keys.

    datasets: is asked after the files were listed: whoever makes a dataset says so before its first file is there.
    """
    gone: set[str] = set()
    files = [*(home() / SETTINGS).glob("*.json"), *(home() / TABLES).glob("*/*.parquet")]
    folders = list((home() / THUMBNAILS).glob("*"))
    known = set(datasets())
    for file in files:
        if file.stem not in known:
            gone.add(file.stem)
            file.unlink(missing_ok=True)
    for folder in folders:
        if folder.name not in known:
            gone.add(folder.name)
            shutil.rmtree(folder, ignore_errors=True)
    return sorted(gone)
