"""Notes the end of runs whose processes were killed: nobody else does, and they would hold their dataset for ever."""

from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from resources.locks import forget_run, run_is_dead

UNFINISHED = [
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
    DagsterRunStatus.CANCELING,
]


def end_killed_runs(instance: DagsterInstance) -> list[str]:
    """Ends them as failed, or as cancelled where that was asked for; returns their ids."""
    killed = [run for run in instance.get_runs(RunsFilter(statuses=UNFINISHED)) if run_is_dead(run.run_id)]
    for run in killed:
        if run.status == DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run, "The process of this run has ended.")
        else:
            instance.report_run_failed(run, "The process of this run was killed.")
        forget_run(run.run_id)
    return [run.run_id for run in killed]
