"""From a job of the platform to a run, whatever is killed in between."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from dagster import DagsterInstance, DagsterRunStatus

from resources.instance import dagster_instance
from resources.platform.datasets import create_dataset, delete_dataset, visible_dataset
from resources.platform.embeddings import add_embedding
from resources.platform.jobs import Job, add_job, find_job, take_job
from resources.platform.users import User, add_user
from selection_assets.embedding_jobs.definition import KILLED, embedding_job, embedding_jobs_tick


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DagsterInstance]:
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    with dagster_instance() as made:
        yield made


@pytest.fixture
def ann(instance: DagsterInstance) -> User:
    return add_user("ann@example.com")


@pytest.fixture
def asked(instance: DagsterInstance, ann: User, tmp_path: Path) -> Job:
    """A view of three vectors."""
    dataset = create_dataset(instance, ann, "cats", type="Images").id
    table = {"filenames": ["a", "b", "c"], "embedding_0": [0.0, 2.0, 4.0], "embedding_1": [1.0, 1.0, 1.0], "labels": 0}
    pl.DataFrame(table).write_csv(tmp_path / "mine.csv")
    embedding = add_embedding(dataset, "default", str(tmp_path / "mine.csv"))
    return add_job(dataset, "EMBEDDINGS2D", {"embedding": embedding.id, "method": "PCA"})


def state(job: Job) -> tuple[str, str | None]:
    found = find_job(job.id)
    assert found
    return found.status, found.error


def test_a_job_becomes_one_run_that_does_it(instance: DagsterInstance, asked: Job, tmp_path: Path) -> None:
    (request,) = embedding_jobs_tick(instance)
    (again,) = embedding_jobs_tick(instance)  # nobody knows whether the first came through: the key makes it one run
    assert request.run_key == again.run_key == asked.id and request.job_name == "embedding_job"
    done = embedding_job.execute_in_process(request.run_config, instance=instance, tags=request.tags)
    assert done.success and state(asked) == ("FINISHED", None) and embedding_jobs_tick(instance) == []
    found = find_job(asked.id)
    assert found and found.result == str(tmp_path / "mine_pca.csv")
    made = pl.read_csv(found.result)
    assert made.rows() == [("a", -2.0, 0.0), ("b", 0.0, 0.0), ("c", 2.0, 0.0)]
    twice = embedding_job.execute_in_process(request.run_config, instance=instance)
    assert twice.success and state(asked) == ("FINISHED", None)


def test_a_mistake_is_told_in_one_line(instance: DagsterInstance, asked: Job, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").unlink()
    (request,) = embedding_jobs_tick(instance)
    done = embedding_job.execute_in_process(
        request.run_config, instance=instance, tags=request.tags, raise_on_error=False
    )
    assert not done.success
    assert state(asked) == ("FAILED", "the embedding default of dataset cats: its CSV is gone; upload it again")
    assert embedding_jobs_tick(instance) == []


def test_an_error_that_nobody_expected(instance: DagsterInstance, asked: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("selection_assets.embedding_jobs.plane_view.pca", broken)
    (request,) = embedding_jobs_tick(instance)
    done = embedding_job.execute_in_process(request.run_config, instance=instance, raise_on_error=False)
    assert not done.success and state(asked) == (
        "FAILED",
        "an error that nobody expected; the log of the server says more",
    )


@pytest.mark.parametrize("was_taken", [False, True])
def test_a_run_that_was_killed(instance: DagsterInstance, asked: Job, was_taken: bool) -> None:
    (request,) = embedding_jobs_tick(instance)
    run = instance.create_run_for_job(
        embedding_job, run_config=request.run_config, tags=request.tags, status=DagsterRunStatus.STARTED
    )
    if was_taken:
        assert take_job(asked.id)
    assert embedding_jobs_tick(instance) == []
    assert state(asked) == ("RUNNING" if was_taken else "WAITING", None)
    instance.report_run_failed(run, "killed")
    assert embedding_jobs_tick(instance) == []
    assert state(asked) == ("FAILED", KILLED)
    assert request.tags["dagster/max_retries"] == "0"


def test_a_run_that_was_deleted(instance: DagsterInstance, asked: Job) -> None:
    assert take_job(asked.id)
    assert embedding_jobs_tick(instance) == [] and state(asked) == ("FAILED", KILLED)


def test_a_dataset_that_was_deleted_meanwhile(instance: DagsterInstance, ann: User, asked: Job) -> None:
    (request,) = embedding_jobs_tick(instance)
    dataset = visible_dataset(ann, asked.dataset)
    assert dataset
    delete_dataset(instance, dataset)
    assert embedding_job.execute_in_process(request.run_config, instance=instance).success
    assert find_job(asked.id) is None and embedding_jobs_tick(instance) == []
