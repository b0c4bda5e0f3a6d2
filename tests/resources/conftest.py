"""A state folder of its own for each test, runs of a job that does nothing, and an empty bucket."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from dagster import DagsterInstance, DagsterRunStatus, job, op

from configs.launchpad import launchpad_fields
from configs.stages.selection import SelectionConfig
from resources.run_session import run_session
from resources.stores.bucket_store import BucketStore
from resources.stores.location import BucketLocation
from tests.resources.stores.s3_servers import boto3_client, environment, moto

NewRun = Callable[..., str]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as made:
        yield made


@pytest.fixture
def new_run(instance: DagsterInstance) -> NewRun:
    """Records a run of the dataset `shapes`, by id."""

    @op(required_resource_keys={"run_folder"}, config_schema=launchpad_fields(SelectionConfig))
    def selected_samples() -> None: ...

    @job(resource_defs={"run_folder": run_session})
    def idle() -> None:
        selected_samples()

    def make(
        run_config: dict[str, Any] | None = None,
        tags: dict[str, str] | None = None,
        status: DagsterRunStatus = DagsterRunStatus.STARTED,
    ) -> str:
        tags = {"dagster/partition": "shapes", **(tags or {})}
        return instance.create_run_for_job(idle, run_config=run_config or {}, tags=tags, status=status).run_id

    return make


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    with moto() as url:
        yield url


@pytest.fixture
def bucket(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> BucketStore:
    """A folder in an empty bucket, which the environment opens."""
    for key, value in environment(s3_server).items():
        monkeypatch.setenv(key, value)
    name = f"bucket-{uuid4().hex[:8]}"
    boto3_client(s3_server).create_bucket(Bucket=name)
    return BucketStore(BucketLocation("s3", name, "folder"))
