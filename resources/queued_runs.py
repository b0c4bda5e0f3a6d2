"""Says to runs that Dagster holds in its queue which run of their dataset they wait for."""

from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from resources.killed_runs import UNFINISHED
from resources.run import PARTITION_TAG

WAITING = "waiting for run "


def tell_queued_runs(instance: DagsterInstance, told: set[tuple[str, str]]) -> None:
    """An event for each queued run and the run before it; `told` holds those that were said, and is added to."""
    for run in instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.QUEUED])):
        dataset = run.tags.get(PARTITION_TAG, "")
        for first in instance.get_runs(RunsFilter(tags={PARTITION_TAG: dataset}, statuses=UNFINISHED)):
            if dataset and (run.run_id, first.run_id) not in told:
                told.add((run.run_id, first.run_id))
                instance.report_engine_event(f"{WAITING}{first.run_id[:8]} of dataset {dataset} to end", run)
