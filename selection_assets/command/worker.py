"""Joining as a worker: `winnow run token=… worker.worker_id=…` does the jobs of a registered worker, one by one.

It shares catalog and state folder with the server: a job becomes an ordinary run there, in a process of its own. The
server's daemon tells scripts how runs end.
"""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TypeVar

from configs.errors import InputError, PassingError
from resources.platform.scheduled_runs import (
    SCHEDULED_TAG,
    Job,
    end_taken_job,
    give_job_back,
    take_job,
    unwanted_jobs,
)
from resources.platform.users import User, user_of_token
from resources.platform.workers import Worker, find_worker, leave, show_life
from selection_assets.command.parts import ends_with_parent

LOOK_SECONDS = 2.0  # between looks for a job, and for whether the one at work is still wanted
STOP_SECONDS = 20.0
SHUTDOWN = "shutdown_when_job_finished"  # of a job's worker_config
T = TypeVar("T")
log = logging.getLogger("winnow")


def work(token: str, id: str, *, force: bool) -> str:
    """Do jobs until one asks to shut down, or KeyboardInterrupt; returns a line about the end.

    force: also where another process works as this worker. Raises InputError for a token or a worker that is none, also
    once that is so while it works.
    """
    _, worker = _joining(token, id)
    if worker.is_there() and not force:
        raise InputError(
            f"worker {worker.name} was seen within the last minute; stop the other process, or set "
            "worker.force_start=True"
        )
    labels = f" with the labels {', '.join(worker.labels)}" if worker.labels else ""
    log.info("Joined as worker %s%s: waiting for jobs. Ctrl-C ends it.", worker.name, labels)
    try:
        while True:
            job = _patiently(lambda: _next(token, id))
            if job is None:
                time.sleep(LOOK_SECONDS)
                continue
            log.info("Job %s of dataset %s begins.", job.id, job.key)
            _do(job, id)
            log.info("Job %s has ended. Waiting for jobs.", job.id)
            if (job.dictionaries.get("worker_config") or {}).get(SHUTDOWN) is True:
                return f"The worker ends, as job {job.id} has asked for."
    except KeyboardInterrupt:
        return "The worker has stopped."
    finally:
        leave(id)


def _next(token: str, id: str) -> Job | None:
    user, _ = _joining(token, id)
    show_life(id)
    return take_job(user, id)


def _joining(token: str, id: str) -> tuple[User, Worker]:
    user = user_of_token(token) if token else None
    if user is None:
        raise InputError("the token is missing, unknown or revoked; give token=… or set LIGHTLY_TOKEN")
    worker = find_worker(user, id)
    if worker is None:
        raise InputError(
            f"worker.worker_id={id}: you have no such worker here; register one (register_compute_worker), and "
            "share the server's state folder and database: docs/serve.md"
        )
    return user, worker


def _do(job: Job, worker: str) -> None:
    """In a process of its own, which is stopped where nobody wants the job any more."""
    process = subprocess.Popen(
        [sys.executable, "-m", "selection_assets.command.worker_job", job.id, worker],
        stdin=subprocess.DEVNULL,
        env={name: value for name, value in os.environ.items() if name != "LIGHTLY_TOKEN"},
        process_group=0,  # Ctrl-C reaches it through this one
        preexec_fn=ends_with_parent(),  # noqa: PLW1509 - no threads
    )
    try:
        while not _has_ended(process, LOOK_SECONDS):
            _patiently(lambda: show_life(worker))
            if _patiently(lambda: unwanted_jobs([job.id])):
                _tell_dagster(job)
                _stop(process)
            elif _is_terminated(job):
                _stop(process)
    except BaseException:
        _stop(process)
        _patiently(lambda: give_job_back(job.id, worker))
        raise
    words = "The worker's process has ended before the run began."
    _patiently(lambda: end_taken_job(job.id, worker, "CRASHED", words))


def _tell_dagster(job: Job) -> None:
    """That its run is to be canceled: else it ends as one that has failed."""
    from dagster import RunsFilter

    from resources.instance import dagster_instance
    from resources.killed_runs import AT_WORK

    with dagster_instance() as instance:
        for run in instance.get_runs(RunsFilter(tags={SCHEDULED_TAG: job.id}, statuses=AT_WORK)):
            instance.report_run_canceling(run)


def _is_terminated(job: Job) -> bool:
    """Whether somebody has ended its run in Dagster's pages, by force: these do not know the process."""
    from dagster import DagsterRunStatus, RunsFilter

    from resources.instance import dagster_instance

    ended = [DagsterRunStatus.CANCELING, DagsterRunStatus.CANCELED]
    with dagster_instance() as instance:
        return bool(instance.get_runs(RunsFilter(tags={SCHEDULED_TAG: job.id}, statuses=ended), limit=1))


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGINT)
    if not _has_ended(process, STOP_SECONDS):
        process.kill()
        process.wait()


def _has_ended(process: "subprocess.Popen[bytes]", seconds: float) -> bool:
    """Within so many seconds."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _patiently(ask: Callable[[], T]) -> T:
    """What `ask` returns, as soon as the database answers."""
    while True:
        try:
            return ask()
        except PassingError as error:
            log.warning("%s; trying again", error)
            time.sleep(LOOK_SECONDS)
