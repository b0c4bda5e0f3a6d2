"""Who gets a job, on both databases, where a worker and the server reach for it at the same moment."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from resources.platform.datasets import PlatformDataset
from resources.platform.runs import visible_runs
from resources.platform.scheduled_runs import (
    Job,
    lock_job,
    made_by_worker,
    schedule_run,
    take_job,
    waiting_jobs,
)
from resources.platform.users import User, find_user
from resources.platform.worker_configs import store_worker_config
from resources.platform.workers import register_worker, show_life

TURNS = 20


def scheduled(dataset: PlatformDataset) -> tuple[User, str, str]:
    """The user, a worker and a job."""
    ann = find_user("ann@example.com")
    config = store_worker_config(ann, "V4", {"worker_config": None, "selection_config": None, "lightly_config": None})
    return ann, register_worker(ann, "mine", "FULL", [], None), schedule_run(ann, dataset.id, config, "MID", [])


def test_one_of_many_that_reach_for_a_job_at_once(dataset: PlatformDataset) -> None:
    for _ in range(TURNS):
        ann, worker, id = scheduled(dataset)
        (seen,) = (each for each in waiting_jobs() if each.id == id)
        start = threading.Barrier(4)

        def lock(seen: Job = seen, start: threading.Barrier = start) -> bool:
            start.wait()
            return lock_job(seen)

        def take(ann: User = ann, worker: str = worker, id: str = id, start: threading.Barrier = start) -> bool:
            start.wait()
            job = take_job(ann, worker)
            return job is not None and job.state == "OPEN" and job.id == id

        with ThreadPoolExecutor(4) as pool:
            got = [each.result() for each in [pool.submit(each) for each in (lock, take, take, lock)]]
        # A second look at what is LOCKED, or taken by this very worker, is no second claim.
        (now,) = (each for each in waiting_jobs() if each.id == id)
        assert (got[0] or got[3]) == (now.state == "LOCKED")
        assert (got[1] or got[2]) == (now.state == "TAKEN")
        lock_job(now)


def test_nobody_takes_over_while_the_run_is_made(dataset: PlatformDataset) -> None:
    """The server waits for the end of the worker's transaction, and finds that it came too late."""
    ann, worker, id = scheduled(dataset)
    show_life(worker)
    assert take_job(ann, worker)
    (seen,) = waiting_jobs()
    with ThreadPoolExecutor(1) as pool:
        with made_by_worker(id, worker, "run-1") as is_mine:
            assert is_mine
            late = pool.submit(lock_job, seen)
            time.sleep(0.5)
            assert not late.done()
        assert late.result(60) is False
    assert [(each.scheduled, each.dagster_run) for each in visible_runs(ann)] == [(id, "run-1")]
    assert waiting_jobs() == []


def test_where_making_the_run_fails_the_job_is_still_taken(dataset: PlatformDataset) -> None:
    ann, worker, id = scheduled(dataset)
    assert take_job(ann, worker)
    try:
        with made_by_worker(id, worker, "run-1"):
            raise OSError
    except OSError:
        pass
    assert visible_runs(ann) == [] and [each.state for each in waiting_jobs()] == ["TAKEN"]
