"""From a job to a run and its end, whatever happens in between. Runs are records of Dagster: nothing is carried out."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRunStatus, SensorEvaluationContext, job, op

from resources.dataset_settings import store_settings
from resources.instance import dagster_instance
from resources.platform.datasets import create_dataset
from resources.platform.jobs import add_job
from resources.platform.runs import artifacts_of, runs_at_work, visible_runs
from resources.platform.scheduled_runs import (
    SCHEDULED_TAG,
    cancel_scheduled_run,
    schedule_run,
    scheduled_runs,
    waiting_jobs,
)
from resources.platform.users import User, add_user
from resources.platform.worker_configs import store_worker_config
from resources.run import FAULT_TAG, FOLDER_TAG
from selection_assets.definitions import defs
from selection_assets.platform_jobs import jobs_tick, platform_jobs

SELECTION = {"n_samples": 5, "strategies": [{"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}]}


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
def dataset(instance: DagsterInstance, ann: User, tmp_path: Path) -> str:
    made = create_dataset(instance, ann, "my cats", type="Images")
    (tmp_path / "pictures").mkdir()
    store_settings(made.dataset, {"datasource": {"input_dir": str(tmp_path / "pictures")}})
    return made.id


@pytest.fixture
def scheduled(ann: User, dataset: str) -> str:
    config = store_worker_config(
        ann, "V4", {"worker_config": {}, "selection_config": SELECTION, "lightly_config": None}
    )
    return schedule_run(ann, dataset, config, "MID", [])


@op
def nothing() -> None: ...


@job
def idle() -> None:
    nothing()


def begun(instance: DagsterInstance, tags: dict[str, str], status: DagsterRunStatus = DagsterRunStatus.STARTED) -> str:
    return instance.create_run_for_job(idle, tags=tags, status=status).run_id


def test_a_job_becomes_one_run_whatever_is_restarted(instance: DagsterInstance, ann: User, scheduled: str) -> None:
    (request,) = jobs_tick(instance)
    assert (request.run_key, request.partition_key) == (scheduled, "my-cats")
    assert request.tags[SCHEDULED_TAG] == scheduled
    assert request.run_config["ops"]["selected_samples"]["config"]["n_samples"] == 5
    assert request.run_config["resources"]["run_folder"]["config"]["output_dir"].endswith("/platform_runs/my-cats")
    assert [each.state for each in waiting_jobs()] == ["LOCKED"]  # listed until there is a record of the run
    assert [each.run_key for each in jobs_tick(instance)] == [scheduled]  # Dagster was killed: the key makes it one run
    begun(instance, request.tags, DagsterRunStatus.NOT_STARTED)
    assert jobs_tick(instance) == [] and [each.state for each in waiting_jobs()] == ["LOCKED"]


def test_the_sensor_asks_for_runs_of_both_jobs(instance: DagsterInstance, dataset: str, scheduled: str) -> None:
    """Also as Dagster sees it, which looks for the job and its partition."""
    view = add_job(dataset, "EMBEDDINGS2D", {"embedding": "0" * 24, "method": "PCA"})
    repository = defs.get_repository_def()
    with SensorEvaluationContext(
        instance_ref=instance.get_ref(),
        last_tick_completion_time=None,
        last_run_key=None,
        cursor=None,
        repository_name=repository.name,
        repository_def=repository,
    ) as context:
        found = platform_jobs.evaluate_tick(context).run_requests
    assert found
    asked = [(each.run_key, each.job_name, each.tags.get("dagster/partition")) for each in found]
    assert asked == [(scheduled, "selection_job", "my-cats"), (view.id, "embedding_job", None)]


def test_how_runs_end(instance: DagsterInstance, ann: User, dataset: str, scheduled: str, tmp_path: Path) -> None:
    (request,) = jobs_tick(instance)
    folder = tmp_path / "results"
    folder.mkdir()
    for name in ("log.txt", "report.pdf", "other.csv"):
        (folder / name).write_text(name, encoding="utf-8")
    run_id = begun(instance, {**request.tags, FOLDER_TAG: str(folder), "dagster/partition": "my-cats"})
    assert jobs_tick(instance) == [] and scheduled_runs(dataset) == []
    (record,) = visible_runs(ann)
    assert (record.state, record.dagster_run, record.scheduled) == ("STARTED", run_id, scheduled)
    run = instance.get_run_by_id(run_id)
    assert run
    instance.add_run_tags(run_id, {"dagster/will_retry": "true"})
    instance.report_run_failed(run, "killed")
    jobs_tick(instance)
    assert [each.state for each in visible_runs(ann)] == ["STARTED"]  # it is tried again
    begun(instance, {**request.tags, FOLDER_TAG: str(folder)}, DagsterRunStatus.SUCCESS)
    jobs_tick(instance)
    (record,) = visible_runs(ann)
    assert (record.state, record.folder) == ("COMPLETED", str(folder))
    found = artifacts_of([record.id])[record.id]
    assert sorted((each.type, each.file_name, each.place) for each in found) == [
        ("LOG", "log.txt", str(folder / "log.txt")),
        ("REPORT_PDF", "report.pdf", str(folder / "report.pdf")),
    ]
    assert runs_at_work() == [] and jobs_tick(instance) == []


@pytest.mark.parametrize(
    ("status", "tags", "state", "message"),
    [
        (DagsterRunStatus.FAILURE, {FAULT_TAG: "input_dir is not set"}, "FAILED", "input_dir is not set"),
        (DagsterRunStatus.FAILURE, {}, "CRASHED", "The run ended by itself; its log says more."),
        (DagsterRunStatus.CANCELED, {}, "ABORTED", "The run was canceled."),
        (DagsterRunStatus.SUCCESS, {}, "COMPLETED", "Nothing was done: no file is new."),
    ],
)
def test_a_run_that_was_over_before_anybody_looked(
    instance: DagsterInstance,
    ann: User,
    scheduled: str,
    status: DagsterRunStatus,
    tags: dict[str, str],
    state: str,
    message: str,
) -> None:
    (request,) = jobs_tick(instance)
    begun(instance, {**request.tags, **tags}, status)
    jobs_tick(instance)
    assert [(each.state, each.message) for each in visible_runs(ann)] == [(state, message)]


def test_a_job_that_can_be_no_run(instance: DagsterInstance, ann: User, dataset: str, scheduled: str) -> None:
    store_settings("my-cats", {})
    assert jobs_tick(instance) == []
    (record,) = visible_runs(ann)
    assert record.state == "FAILED" and str(record.message).startswith("the dataset has no datasource for its input")
    assert scheduled_runs(dataset) == []


def test_canceled_jobs(
    instance: DagsterInstance, ann: User, dataset: str, scheduled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[str] = []
    monkeypatch.setattr(type(instance.run_coordinator), "cancel_run", lambda _, run_id: stopped.append(run_id))
    (request,) = jobs_tick(instance)
    run_id = begun(instance, request.tags)
    jobs_tick(instance)
    assert stopped == []
    cancel_scheduled_run(scheduled)
    jobs_tick(instance)
    assert stopped == [run_id]
    assert runs_at_work() != []  # until it has stopped


def test_a_job_that_is_canceled_while_its_run_is_made(
    instance: DagsterInstance, ann: User, scheduled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[str] = []
    monkeypatch.setattr(type(instance.run_coordinator), "cancel_run", lambda _, run_id: stopped.append(run_id))
    (request,) = jobs_tick(instance)
    cancel_scheduled_run(scheduled)
    run_id = begun(instance, request.tags, DagsterRunStatus.NOT_STARTED)
    assert jobs_tick(instance) == [] and stopped == [run_id]
    assert visible_runs(ann) == []
