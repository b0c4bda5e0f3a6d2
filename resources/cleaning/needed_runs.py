"""Which finished runs of Dagster have to stay, however old they are.

With a run Dagster deletes its events. A partition whose last materialisation was among them counts as never made: its
data version, its metadata and the freshness of all that follows are gone, although its table is there (tried with
dagster 1.13.27; results of checks stay). Older materialisations may go without a trace.
"""

from collections.abc import Collection, Iterator

from dagster import AssetKey, DagsterEventType, DagsterInstance, EventRecordsFilter, RunsFilter

from resources.killed_runs import AT_WORK
from resources.run import PARENT_TAG

BATCH = 500  # events in memory, and below SQLite's limit on the number of parameters
_MADE = DagsterEventType.ASSET_MATERIALIZATION


def needed_runs(instance: DagsterInstance, datasets: Collection[str]) -> set[str]:
    """Ids of the runs that made what is last of any asset of these datasets, or that a run at work goes on from."""
    needed = {run_id for key in instance.get_asset_keys() for run_id in _makers(instance, key, datasets)}
    at_work = instance.get_runs(RunsFilter(statuses=AT_WORK))
    return needed | {run.tags.get(PARENT_TAG, "") for run in at_work}


def _makers(instance: DagsterInstance, asset: AssetKey, datasets: Collection[str]) -> Iterator[str]:
    whole = instance.get_latest_materialization_event(asset)
    if whole and not (whole.dagster_event and whole.dagster_event.partition):  # an asset without partitions
        yield whole.run_id
    last = instance.event_log_storage.get_latest_storage_id_by_partition(asset, _MADE)
    ids = [number for dataset, number in last.items() if dataset in datasets]
    for start in range(0, len(ids), BATCH):
        asked = EventRecordsFilter(event_type=_MADE, asset_key=asset, storage_ids=ids[start : start + BATCH])
        for record in instance.event_log_storage.get_event_records(asked):
            yield record.event_log_entry.run_id
