"""Notes the end of runs whose processes were killed: nobody else does, and they would hold their dataset for ever."""

from contextlib import suppress
from pathlib import Path

from dagster import DagsterEventType, DagsterInstance, DagsterRun, DagsterRunStatus

from resources.earlier_run import written_by
from resources.locks import dead_runs, endings_lock, forget_run
from resources.run import FOLDER_TAG
from resources.run_log import LOG_FILE, error_line
from resources.staged_folder import staging_of

UNFINISHED = [
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
    DagsterRunStatus.CANCELING,
]
AT_WORK = [*UNFINISHED, DagsterRunStatus.QUEUED]  # or waiting for that
KILLED = "The process of this run was killed."


def end_killed_runs(instance: DagsterInstance) -> list[str]:
    """Ends them as failed, or as cancelled where that was asked for; returns their ids. Their log.txt says so, too."""
    ended = []
    with endings_lock():
        for run_id in dead_runs():
            run = instance.get_run_by_id(run_id)
            if run is not None and run.status in UNFINISHED:
                if run.status == DagsterRunStatus.CANCELING:
                    instance.report_run_canceled(run, "The process of this run has ended.")
                else:
                    instance.report_run_failed(run, KILLED)
                ended.append(run_id)
            if run is not None and run.status != DagsterRunStatus.SUCCESS and not _has_told(instance, run_id):
                _tell(run)
            forget_run(run_id)
    return ended


def _has_told(instance: DagsterInstance, run_id: str) -> bool:
    """Whether the step that ended the run could say why: then its log ends with that."""
    failed = instance.all_logs(run_id, of_type=DagsterEventType.STEP_FAILURE)
    errors = [entry.dagster_event.step_failure_data.error for entry in failed if entry.dagster_event]
    return any(error is None or error.cls_name != "ChildProcessCrashException" for error in errors)


def _tell(run: DagsterRun) -> None:
    staged = staging_of(run.run_id)
    folder = staged if staged.is_dir() else Path(run.tags.get(FOLDER_TAG, ""))
    if written_by(folder)[0] == run.run_id:  # else another run went on there
        with suppress(OSError), (folder / LOG_FILE).open("a", encoding="utf-8") as file:
            file.write(error_line(KILLED))
