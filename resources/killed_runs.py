"""Notes the end of runs whose processes were killed: nobody else does, and they would hold their dataset for ever."""

from dagster import DagsterInstance, DagsterRunStatus

from resources.locks import dead_runs, forget_run

UNFINISHED = [
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
    DagsterRunStatus.CANCELING,
]


def end_killed_runs(instance: DagsterInstance) -> list[str]:
    """Ends them as failed, or as cancelled where that was asked for; returns their ids."""
    ended = []
    for run_id in dead_runs():
        run = instance.get_run_by_id(run_id)
        if run is not None and run.status in UNFINISHED:
            if run.status == DagsterRunStatus.CANCELING:
                instance.report_run_canceled(run, "The process of this run has ended.")
            else:
                instance.report_run_failed(run, "The process of this run was killed.")
            ended.append(run_id)
        forget_run(run_id)
    return ended
