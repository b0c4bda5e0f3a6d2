"""From a job to a run and its end, whatever happens in between. Runs are records of Dagster: nothing is carried out."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRunStatus, SensorEvaluationContext, job, op
from sqlalchemy import select

from resources.catalog.database import catalog_reading
from resources.dataset_settings import store_settings
from resources.instance import dagster_instance
from resources.platform import workers
from resources.platform.datasets import create_dataset, delete_dataset, visible_dataset
from resources.platform.jobs import add_job
from resources.platform.runs import artifacts_of, runs_at_work, visible_runs
from resources.platform.scheduled_runs import (
    SCHEDULED_TAG,
    TABLE,
    WORKER_TAG,
    cancel_scheduled_run,
    end_taken_job,
    give_job_back,
    lock_job,
    made_by_worker,
    schedule_run,
    scheduled_runs,
    take_job,
    waiting_jobs,
)
from resources.platform.users import User, add_user
from resources.platform.worker_configs import store_worker_config
from resources.platform.workers import register_worker, show_life
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


def test_a_deleted_dataset_s_run_is_stopped(
    instance: DagsterInstance, ann: User, dataset: str, scheduled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[str] = []
    monkeypatch.setattr(type(instance.run_coordinator), "cancel_run", lambda _, run_id: stopped.append(run_id))
    (request,) = jobs_tick(instance)
    run_id = begun(instance, request.tags)
    jobs_tick(instance)
    found = visible_dataset(ann, dataset)
    assert found is not None
    delete_dataset(instance, found)
    assert jobs_tick(instance) == [] and stopped == [run_id]


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


@pytest.fixture
def worker(ann: User) -> str:
    """Registered; nobody has started it."""
    return register_worker(ann, "mine", "FULL", ["gpu"], None)


@pytest.fixture
def gone_after(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "GONE_AFTER", 50)


def test_a_registered_worker_s_jobs_are_the_server_s(instance: DagsterInstance, scheduled: str, worker: str) -> None:
    assert [each.run_key for each in jobs_tick(instance)] == [scheduled]
    assert [(each.state, each.worker) for each in waiting_jobs()] == [("LOCKED", worker)]


def test_a_joined_worker_s_jobs_are_left_to_it(
    instance: DagsterInstance, ann: User, dataset: str, scheduled: str, worker: str
) -> None:
    assert show_life(worker)
    assert jobs_tick(instance) == [] and [each.state for each in waiting_jobs()] == ["OPEN"]
    job = take_job(ann, worker)
    assert job is not None and (job.id, job.key) == (scheduled, "my-cats")
    assert jobs_tick(instance) == [] and [each.state for each in waiting_jobs()] == ["TAKEN"]
    with made_by_worker(scheduled, worker, "run-1") as is_mine:
        assert is_mine
    (record,) = visible_runs(ann)
    assert (record.state, record.dagster_run, record.scheduled) == ("STARTED", "run-1", scheduled)
    with made_by_worker(scheduled, worker, "run-2") as is_mine:
        assert not is_mine
    assert take_job(ann, worker) is None and len(visible_runs(ann)) == 1


def test_jobs_that_a_worker_may_not_take(ann: User, dataset: str, scheduled: str, worker: str) -> None:
    """Of others, with labels that it lacks, and those that the server has begun."""
    bob = add_user("bob@example.com")
    theirs = register_worker(bob, "theirs", "FULL", ["gpu", "large"], None)
    assert take_job(bob, theirs) is None
    assert take_job(bob, worker) is None
    large = schedule_run(ann, dataset, visible_config(ann, scheduled), "CRITICAL", ["gpu", "large"])
    urgent = schedule_run(ann, dataset, visible_config(ann, scheduled), "HIGH", ["gpu"])
    first = take_job(ann, worker)
    assert first is not None and first.id == urgent
    assert {each.id: each.state for each in waiting_jobs()} == {large: "OPEN", urgent: "TAKEN", scheduled: "OPEN"}
    again = take_job(ann, worker)  # as after a restart
    assert again is not None and again.id == urgent


def visible_config(user: User, job: str) -> str:
    with catalog_reading() as connection:
        return str(connection.execute(select(TABLE.c.config).where(TABLE.c.id == job)).scalar_one())


@pytest.mark.usefixtures("gone_after")
def test_the_server_takes_over_from_a_worker_that_is_gone(
    instance: DagsterInstance, ann: User, scheduled: str, worker: str
) -> None:
    show_life(worker)
    assert take_job(ann, worker)
    time.sleep(0.1)
    assert [each.run_key for each in jobs_tick(instance)] == [scheduled]
    show_life(worker)  # it was only slow
    with made_by_worker(scheduled, worker, "run-1") as is_mine:
        assert not is_mine
    assert take_job(ann, worker) is None
    end_taken_job(scheduled, worker, "CRASHED", "it is not its job any more")
    give_job_back(scheduled, worker)
    assert visible_runs(ann) == [] and [each.state for each in waiting_jobs()] == ["LOCKED"]


@pytest.mark.usefixtures("gone_after")
def test_a_run_that_the_worker_made_before_it_died_is_the_only_one(
    instance: DagsterInstance, ann: User, scheduled: str, worker: str
) -> None:
    """Killed between the record in Dagster and that of the platform."""
    show_life(worker)
    assert take_job(ann, worker)
    run_id = begun(instance, {SCHEDULED_TAG: scheduled, WORKER_TAG: worker}, DagsterRunStatus.NOT_STARTED)
    time.sleep(0.1)
    assert jobs_tick(instance) == []
    run = instance.get_run_by_id(run_id)
    assert run
    instance.report_run_failed(run, "killed")
    jobs_tick(instance)
    assert [(each.state, each.dagster_run) for each in visible_runs(ann)] == [("CRASHED", run_id)]


def test_the_server_and_a_worker_that_reach_for_a_job_at_once(ann: User, scheduled: str, worker: str) -> None:
    """One gets it, whoever has looked first."""
    (seen,) = waiting_jobs()
    show_life(worker)
    assert take_job(ann, worker)
    assert not lock_job(seen)
    give_job_back(scheduled, worker)
    (seen,) = waiting_jobs()
    assert seen.state == "OPEN" and lock_job(seen)
    assert take_job(ann, worker) is None


def test_a_worker_s_run_is_not_stopped_by_dagster_s_launcher(
    instance: DagsterInstance, ann: User, scheduled: str, worker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[str] = []
    monkeypatch.setattr(type(instance.run_coordinator), "cancel_run", lambda _, run_id: stopped.append(run_id))
    tags = {SCHEDULED_TAG: scheduled, WORKER_TAG: worker}
    first = begun(instance, tags)
    cancel_scheduled_run(scheduled)
    jobs_tick(instance)
    assert stopped == []
    again = instance.create_run_for_job(idle, tags=tags, status=DagsterRunStatus.STARTED, parent_run_id=first,
                                        root_run_id=first).run_id  # fmt: skip
    jobs_tick(instance)
    assert stopped == [again]  # which Dagster began


def test_what_a_worker_that_says_goodbye_leaves(
    instance: DagsterInstance, ann: User, scheduled: str, worker: str
) -> None:
    show_life(worker)
    assert [(each.is_there(), each.is_gone()) for each in workers.workers_of(ann)] == [(True, False)]
    assert take_job(ann, worker)
    workers.leave(worker)
    assert [(each.is_there(), each.is_gone()) for each in workers.workers_of(ann)] == [(False, True)]
    assert [each.run_key for each in jobs_tick(instance)] == [scheduled]
    workers.remove_worker(ann, worker)
    assert not show_life(worker)


def test_nobody_pays_for_what_nobody_uses(instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instance, "get_runs", lambda *_, **__: pytest.fail("Dagster was asked"))
    assert jobs_tick(instance) == []
