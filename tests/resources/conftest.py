"""A state folder of its own for each test, and runs of a job that does nothing."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance, DagsterRunStatus, ResourceDefinition, job, op

from configs.launchpad import launchpad_fields
from configs.stages.run_folder import RunFolderConfig
from configs.stages.selection import SelectionConfig

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

    @op(config_schema=launchpad_fields(SelectionConfig), required_resource_keys={"run_folder"})
    def selected_samples() -> None: ...

    @job(
        resource_defs={
            "run_folder": ResourceDefinition(lambda _: None, config_schema=launchpad_fields(RunFolderConfig))
        }
    )
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
