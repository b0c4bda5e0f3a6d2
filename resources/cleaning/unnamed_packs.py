"""Removes packs of thumbnails that the table of their dataset does not name."""

from collections.abc import Collection

from configs.errors import InputError
from resources.cleaning.file_sizes import last_change, size_of
from resources.cleaning.removed import Removed
from resources.home import home
from resources.locks import free_dataset
from resources.table_place import table_place
from resources.tables import read_table


def remove_unnamed_packs(datasets: Collection[str], before: float, *, dry_run: bool) -> Removed:
    """Those written before this time (seconds since 1970). A dataset that a run is at work on is left alone."""
    removed = Removed("packs of thumbnails that no table names")
    for dataset in sorted(datasets):
        packs = [pack for pack in (home() / "thumbnails" / dataset).glob("*.jpegs") if last_change(pack) < before]
        if not packs:
            continue
        with free_dataset(dataset, "winnow clean") as is_free:
            named = _named(dataset) if is_free else None
            for pack in packs if named is not None else []:
                if pack.stem != named:
                    removed.add(size_of(pack))
                    if not dry_run:
                        pack.unlink(missing_ok=True)
    return removed


def _named(dataset: str) -> str | None:
    """The pack that the table names, empty where there is no table; None where that cannot be told."""
    try:
        return str(read_table(table_place() / "thumbnails" / f"{dataset}.parquet").figures.get("pack", ""))
    except InputError as error:
        return "" if isinstance(error.__cause__, FileNotFoundError) else None
