"""The sensor `platform_jobs`: jobs that scripts have scheduled become runs, and are told how their runs end. So do
selections by embeddings, and views of these: see `embedding_jobs`.

Each tick looks at all that is under way, so that nothing is lost and nothing done twice, whatever was restarted since:
Dagster makes no second run of a run key, and a job's record is made and taken off the list in one transaction. What a
worker that has joined can do is left to it, until it was not seen for a minute.
"""

from collections.abc import Iterable, Mapping

from dagster import (
    DagsterInstance,
    DagsterRun,
    DagsterRunStatus,
    DefaultSensorStatus,
    RunRequest,
    RunsFilter,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from configs.errors import InputError
from configs.run_settings import to_run_config
from resources.killed_runs import AT_WORK
from resources.platform.datasets import existing_dataset
from resources.platform.errors import PlatformError
from resources.platform.job_settings import job_settings
from resources.platform.run_artifacts import artifacts_in
from resources.platform.runs import PlatformRun, add_artifacts, report_state, runs_at_work
from resources.platform.scheduled_runs import (
    SCHEDULED_TAG,
    TAKEN,
    WORKER_TAG,
    Job,
    begin_run,
    is_used,
    lock_job,
    unwanted_jobs,
    waiting_jobs,
)
from resources.run import COMPLETE_TAG, FAULT_TAG, FOLDER_TAG, PARTITION_TAG, TROUBLE_TAG
from selection_assets.embedding_jobs.definition import embedding_job, embedding_jobs_tick
from selection_assets.jobs import selection_job

SECONDS = 2  # between ticks: a job is picked up within five
AT_ONCE = 500  # jobs that one query asks for
WAITS = (DagsterRunStatus.QUEUED, DagsterRunStatus.NOT_STARTED)


@sensor(
    jobs=[selection_job, embedding_job],
    minimum_interval_seconds=SECONDS,
    default_status=DefaultSensorStatus.RUNNING,
    description="Begins what scripts schedule or ask for through the platform's API, and tells them how it ends.",
)
def platform_jobs(context: SensorEvaluationContext) -> SensorResult | SkipReason:
    requests = [*jobs_tick(context.instance), *embedding_jobs_tick(context.instance)]
    return SensorResult(run_requests=requests) if requests else SkipReason("no job waits")


def jobs_tick(instance: DagsterInstance) -> list[RunRequest]:
    """What begins now."""
    if not is_used():
        return []
    waiting, at_work = waiting_jobs(), runs_at_work()
    runs = _newest_runs(instance, [*(each.id for each in waiting), *(each.scheduled for each in at_work)])
    for id, run in runs.items():
        if run.status not in WAITS:
            begin_run(id, run.run_id)
    for id in unwanted_jobs(_unfinished(instance)):
        _stop(instance, id)
    for record in runs_at_work():
        last = runs.get(record.scheduled)
        if last is not None and last.is_finished and last.tags.get("dagster/will_retry") != "true":
            _end(record, last)
    return [request for job in waiting if job.id not in runs and (request := _request(instance, job))]


def _newest_runs(instance: DagsterInstance, jobs: Iterable[str]) -> dict[str, DagsterRun]:
    """The last run of each job that has one: it may have been tried again."""
    found: dict[str, DagsterRun] = {}
    wanted = list(jobs)
    for first in range(0, len(wanted), AT_ONCE):
        for run in instance.get_runs(RunsFilter(tags={SCHEDULED_TAG: wanted[first : first + AT_ONCE]})):
            found.setdefault(run.tags[SCHEDULED_TAG], run)  # the newest comes first
    return found


def _unfinished(instance: DagsterInstance) -> Mapping[str, DagsterRun]:
    """Runs of jobs that have not ended, by job."""
    runs = instance.get_runs(RunsFilter(statuses=AT_WORK))
    return {run.tags[SCHEDULED_TAG]: run for run in runs if SCHEDULED_TAG in run.tags}


def _stop(instance: DagsterInstance, job: str) -> None:
    for run in instance.get_runs(RunsFilter(tags={SCHEDULED_TAG: job}, statuses=AT_WORK)):
        # A worker stops its runs itself: Dagster's launcher knows only its own, which a second attempt is.
        is_of_worker = WORKER_TAG in run.tags and run.parent_run_id is None
        if run.status != DagsterRunStatus.CANCELING and not is_of_worker:
            instance.run_coordinator.cancel_run(run.run_id)


def _end(record: PlatformRun, run: DagsterRun) -> None:
    """Artifacts first: scripts fetch them as soon as the run has ended."""
    folder, dataset = run.tags.get(FOLDER_TAG, ""), run.tags.get(PARTITION_TAG, "")
    add_artifacts(record.id, artifacts_in(folder, dataset) if folder else [])
    fault = run.tags.get(FAULT_TAG) or run.tags.get(TROUBLE_TAG)
    if run.status == DagsterRunStatus.SUCCESS:
        state, message = "COMPLETED", "The run has ended well." if folder else "Nothing was done: no file is new."
    elif run.status == DagsterRunStatus.CANCELED:
        state, message = "ABORTED", "The run was canceled."
    elif fault:
        state, message = "FAILED", fault
    else:
        state, message = "CRASHED", "The run ended by itself; its log says more."
    report_state(record.scheduled, state, message, folder=folder)


def _request(instance: DagsterInstance, job: Job) -> RunRequest | None:
    """None where it waits for a worker, where one makes the run itself, where nobody wants it, where it can be none."""
    if job.worker is None or job.is_left:
        return None
    try:
        named = job_settings(job.user, existing_dataset(job.dataset), job.dictionaries)
    except (InputError, PlatformError) as error:
        begin_run(job.id, None, "FAILED", str(error))
        return None
    if not lock_job(job) or (job.state == TAKEN and _newest_runs(instance, [job.id])):
        return None  # the worker that was not seen for long has made the run just now
    return RunRequest(
        run_key=job.id,
        job_name=selection_job.name,
        partition_key=job.key,
        run_config=to_run_config(named),
        tags={SCHEDULED_TAG: job.id, COMPLETE_TAG: "true", "winnow/begun_by": platform_jobs.name},
    )
