"""From a job of the platform to a run, whatever is killed in between."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from dagster import DagsterInstance, DagsterRunStatus

from configs.credentials.s3 import S3Credentials
from resources.instance import dagster_instance
from resources.killed_runs import end_killed_runs
from resources.local_copies import COPIES
from resources.platform.datasets import create_dataset, delete_dataset, visible_dataset
from resources.platform.datasources import store_source
from resources.platform.embeddings import add_embedding
from resources.platform.jobs import Job, add_job, find_job, take_job
from resources.platform.users import User, add_user
from selection_assets.embedding_jobs.definition import KILLED, embedding_job, embedding_jobs_tick
from selection_assets.embedding_jobs.do_job import do_job
from selection_assets.embedding_jobs.plane_view import MOST_ROWS
from tests.resources.stores.s3_servers import KEYS, boto3_client, moto


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


def test_a_process_that_was_killed(instance: DagsterInstance, asked: Job, tmp_path: Path) -> None:
    """While it works: its lock is free then, which the sensor `watched_runs` sees."""
    (request,) = embedding_jobs_tick(instance)
    run = instance.create_run_for_job(
        embedding_job, run_config=request.run_config, tags=request.tags, status=DagsterRunStatus.STARTED
    )
    program = f"""
import os, signal
from resources.locks import run_alive
from resources.platform.jobs import take_job
with run_alive({run.run_id!r}):
    assert take_job({asked.id!r})
    os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", program], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert embedding_jobs_tick(instance) == [] and state(asked) == ("RUNNING", None)
    assert end_killed_runs(instance) == [run.run_id]
    assert embedding_jobs_tick(instance) == [] and state(asked) == ("FAILED", KILLED)


def test_a_view_in_a_bucket(instance: DagsterInstance, ann: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read and written with the keys of its dataset; the environment has none."""
    key, secret = KEYS.values()
    with moto() as url:
        for name in KEYS:
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
        client = boto3_client(url)
        client.create_bucket(Bucket="mine")
        text = "filenames,embedding_0,labels\na,1,0\nb,3,0\n"
        client.put_object(Bucket="mine", Key="lightly/runs/1/embeddings.csv", Body=text.encode())
        dataset = create_dataset(instance, ann, "dogs", type="Images")
        keys = S3Credentials(
            access_key=key, secret_access_key=secret, region="eu-central-1", endpoint_url=url, allow_http=True
        )
        store_source(dataset, "LIGHTLY", {"type": "S3", "fullPath": "s3://mine/lightly"}, "s3://mine/lightly", keys)
        place = "s3://mine/lightly/runs/1/embeddings"
        embedding = add_embedding(dataset.id, "default", f"{place}.csv")
        job = add_job(dataset.id, "EMBEDDINGS2D", {"embedding": embedding.id, "method": "PCA"})
        assert do_job(job.id)
        found = find_job(job.id)
        assert found and found.result == f"{place}_pca.csv"
        body = client.get_object(Bucket="mine", Key="lightly/runs/1/embeddings_pca.csv")["Body"].read()
        assert body.decode() == "filenames,x,y\na,-1.0,0.0\nb,1.0,0.0\n"
    COPIES.close()


def test_more_rows_than_can_be_laid_out(asked: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MOST_ROWS, "PCA", 2)
    assert not do_job(asked.id)
    line = "PCA lays out at most 2 rows, for more take too long; the embedding has 3; ask for PCA, or upload fewer"
    assert state(asked) == ("FAILED", line)


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
