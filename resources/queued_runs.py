"""Says to runs that Dagster holds in its queue which run of their dataset they wait for."""

from dagster import DagsterEventType, DagsterInstance, DagsterRunStatus, RunsFilter

from resources.killed_runs import UNFINISHED
from resources.run import PARTITION_TAG

WAITING = "waiting for run "


def tell_queued_runs(instance: DagsterInstance, told: set[tuple[str, str]]) -> None:
    """An event for each queued run and the run before it, whichever process is first to see them.

    told: those that are known to have been said; it is added to, and saves looking at their events again.
    """
    for run in instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.QUEUED])):
        dataset = run.tags.get(PARTITION_TAG, "")
        for first in instance.get_runs(RunsFilter(tags={PARTITION_TAG: dataset}, statuses=UNFINISHED)):
            if dataset and (run.run_id, first.run_id) not in told:
                told.add((run.run_id, first.run_id))
                line = f"{WAITING}{first.run_id[:8]} of dataset {dataset} to end"
                if line not in _said(instance, run.run_id):
                    instance.report_engine_event(line, run)


def _said(instance: DagsterInstance, run_id: str) -> set[str]:
    entries = instance.all_logs(run_id, of_type=DagsterEventType.ENGINE_EVENT)
    return {entry.dagster_event.message or "" for entry in entries if entry.dagster_event}
