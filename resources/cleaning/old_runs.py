"""Removes old runs of Dagster, with their events and what they wrote to standard output and error."""

from collections.abc import Collection, Iterator
from pathlib import Path

from dagster import DagsterInstance, DagsterRunStatus, RunRecord, RunsFilter
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager

from configs.errors import InputError
from resources.cleaning.file_sizes import size_of
from resources.cleaning.needed_runs import needed_runs
from resources.cleaning.removed import Removed
from resources.home import home
from resources.run import PARTITION_TAG

FINISHED = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]
PAGE = 500  # run records in memory


def remove_old_runs(
    instance: DagsterInstance, datasets: Collection[str], before: float, *, dry_run: bool
) -> list[Removed]:
    """Runs that ended before this time (seconds since 1970), but for those that something needs, and the last one of
    each dataset that succeeded, failed, and was cancelled.

    Raises InputError where the output of a run cannot be removed; the run stays then.
    """
    runs, output = Removed("runs of Dagster"), Removed("output of runs")
    for run_id in _old(instance, datasets, before):
        history = list((home() / "history" / "runs").glob(f"{run_id}.db*"))  # of SQLite, which leaves them there
        size, output_size = sum(map(size_of, history)), _output_size(instance, run_id)
        if not dry_run:
            _delete_output(instance, run_id)
            instance.delete_run(run_id)
            for file in history:
                file.unlink(missing_ok=True)
        runs.add(size)
        if output_size:
            output.add(output_size)
    return [runs, output]


def _old(instance: DagsterInstance, datasets: Collection[str], before: float) -> list[str]:
    needed, seen, old = needed_runs(instance, datasets), set(), []
    for record in _finished(instance):
        run = record.dagster_run
        dataset = run.tags.get(PARTITION_TAG, "")
        kind = run.job_name, dataset, run.status
        is_last = kind not in seen and (not dataset or dataset in datasets)
        seen.add(kind)
        ended = record.end_time or record.update_timestamp.timestamp()
        if not is_last and ended < before and run.run_id not in needed:
            old.append(run.run_id)
    return old


def _finished(instance: DagsterInstance) -> Iterator[RunRecord]:
    """The youngest first."""
    cursor = None
    while page := instance.get_run_records(RunsFilter(statuses=FINISHED), limit=PAGE, cursor=cursor):
        yield from page
        cursor = page[-1].dagster_run.run_id


def _output_size(instance: DagsterInstance, run_id: str) -> int:
    """Of files on this machine; 0 where they lie elsewhere."""
    manager = instance.compute_log_manager
    if not isinstance(manager, LocalComputeLogManager):
        return 0
    return size_of(Path(manager.get_captured_local_path([run_id, "compute_logs", "any"], "out")).parents[1])


def _delete_output(instance: DagsterInstance, run_id: str) -> None:
    try:
        instance.compute_log_manager.delete_logs(prefix=[run_id])
    except Exception as error:  # whatever the manager that dagster.yaml names raises: it may be any
        reason = " ".join(str(error).split())[:300]
        raise InputError(
            f"the output of run {run_id[:8]} cannot be removed ({reason}); mend that, or compute_logs in dagster.yaml"
        ) from error
