"""Removes tables and thumbnails of datasets that are no partitions any more, also such as came after their deletion."""

import shutil
from collections.abc import Callable, Collection

from resources.cleaning.file_sizes import size_of
from resources.cleaning.removed import Removed
from resources.home import home
from resources.table_place import remove_table, table_files, table_place


def remove_files_of_deleted(datasets: Callable[[], Collection[str]], *, dry_run: bool) -> list[Removed]:
    """datasets: the partitions, asked for after everything was listed, see `resources.dataset_files`.

    Raises InputError where tables lie in a bucket that cannot be listed, or written to.
    """
    tables, thumbnails = Removed("tables of deleted datasets"), Removed("thumbnails of deleted datasets")
    files, folders = table_files(table_place()), sorted((home() / "thumbnails").glob("*"))
    known = set(datasets())
    for file in files:
        if file.stem not in known:
            tables.add(file.stat().st_size)
            if not dry_run:
                remove_table(file)
    for folder in folders:
        if folder.name not in known:
            thumbnails.add(size_of(folder))
            if not dry_run:
                shutil.rmtree(folder, ignore_errors=True)
    return [tables, thumbnails]
