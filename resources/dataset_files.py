"""What the state folder keeps of each dataset: settings, tables, thumbnails; and removing it with the dataset."""

import shutil
from collections.abc import Collection

from resources.home import home

TABLES, THUMBNAILS, SETTINGS = "tables", "thumbnails", "datasets"


def remove_files_of_others(datasets: Collection[str]) -> list[str]:
    """Remove what is kept of datasets that are not among `datasets`; returns their keys."""
    gone: set[str] = set()
    for file in [*(home() / SETTINGS).glob("*.json"), *(home() / TABLES).glob("*/*.parquet")]:
        if file.stem not in datasets:
            gone.add(file.stem)
            file.unlink(missing_ok=True)
    for folder in (home() / THUMBNAILS).glob("*"):
        if folder.name not in datasets:
            gone.add(folder.name)
            shutil.rmtree(folder, ignore_errors=True)
    return sorted(gone)
