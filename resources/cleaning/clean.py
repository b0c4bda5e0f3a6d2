"""Removes what is old and nobody needs any more from the state folder, Dagster's history, and the place of the tables.

Results, datapools, settings, trained models and the tables of datasets are never touched. Whatever a run at work holds
a lock on is left for the next time.
"""

from collections.abc import Callable, Collection

from dagster import DagsterInstance

from resources.cleaning.deleted_datasets import remove_files_of_deleted
from resources.cleaning.left_folders import send_left_folders
from resources.cleaning.old_runs import remove_old_runs
from resources.cleaning.removed import Removed
from resources.cleaning.unnamed_packs import remove_unnamed_packs
from resources.home import home
from resources.killed_runs import end_killed_runs
from resources.sample_cache import CACHE_FILE, SampleCache


def clean(
    instance: DagsterInstance, datasets: Callable[[], Collection[str]], before: float, *, dry_run: bool = False
) -> list[Removed]:
    """What was removed, of each kind.

    datasets: asks for the partitions. before: what ended, was written and was used after this time (seconds since 1970)
        stays. dry_run: say what would be removed, and leave it.

    Raises InputError where a bucket does not answer or may not be written to; what was removed until then is.
    """
    if not dry_run:
        end_killed_runs(instance)
    removed = remove_files_of_deleted(datasets, dry_run=dry_run)
    known = set(datasets())
    removed.append(remove_unnamed_packs(known, before, dry_run=dry_run))
    removed.append(send_left_folders(before, dry_run=dry_run))
    removed += remove_old_runs(instance, known, before, dry_run=dry_run)
    count, size = SampleCache(home() / CACHE_FILE).forget(before, dry_run=dry_run)
    return [*removed, Removed("entries of the cache", count, size)]
