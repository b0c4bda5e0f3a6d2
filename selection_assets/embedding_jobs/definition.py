"""The Dagster job `embedding_job`, a run of which does one job of the platform, and when such runs begin.

No run is tried again by itself: whoever asked sees that it failed, and asks again.
"""

from contextlib import suppress

from dagster import (
    Config,
    DagsterInstance,
    DagsterRun,
    Failure,
    OpExecutionContext,
    RunRequest,
    RunsFilter,
    job,
    op,
)
from pydantic import Field

from resources.locks import run_alive
from resources.platform.errors import PlatformError
from resources.platform.jobs import fail_job, find_job, take_job, unfinished_jobs

JOB_TAG = "winnow/platform_job"  # of a Dagster run: the id of the platform's job
KILLED = "its run was stopped before it was done; ask again"


class EmbeddingJobConfig(Config):
    """Which job of the platform."""

    job: str = Field(description="Its id.")


@op(description="Selects by an embedding, or lays it out in the plane, as somebody has asked the platform's API.")
def do_embedding_job(context: OpExecutionContext, config: EmbeddingJobConfig) -> None:
    from selection_assets.embedding_jobs.do_job import do_job  # no other run needs what it imports

    with run_alive(context.run_id):
        if not do_job(config.job):
            raise Failure(description="The job has failed; the log says why.", allow_retries=False)


@job(description="One job of the platform: a selection by an embedding, or a view of it in the plane.")
def embedding_job() -> None:
    do_embedding_job()


def embedding_jobs_tick(instance: DagsterInstance) -> list[RunRequest]:
    """What begins now. A job whose run was killed has failed from now on."""
    requests = []
    for each in unfinished_jobs():
        run = _run_of(instance, each.id)
        if run is None and each.status == "WAITING":
            requests.append(_request(each.id))
        elif run is None or run.is_finished:
            _end(each.id)
    return requests


def _end(id: str) -> None:
    """As failed, unless the run has ended it since the jobs were listed."""
    found = take_job(id) or find_job(id)
    if found is not None and found.status == "RUNNING":
        with suppress(PlatformError):
            fail_job(found, KILLED)


def _run_of(instance: DagsterInstance, id: str) -> DagsterRun | None:
    return next(iter(instance.get_runs(RunsFilter(tags={JOB_TAG: id}), limit=1)), None)


def _request(id: str) -> RunRequest:
    return RunRequest(
        run_key=id,
        job_name=embedding_job.name,
        run_config={"ops": {do_embedding_job.name: {"config": {"job": id}}}},
        tags={JOB_TAG: id, "dagster/max_retries": "0"},
    )
