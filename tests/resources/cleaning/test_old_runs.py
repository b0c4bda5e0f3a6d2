"""Which runs go, on a real instance, and that nothing else of Dagster's knowledge goes with them."""

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from dagster import (
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    DagsterInstance,
    DagsterRunStatus,
    DataVersion,
    DynamicPartitionsDefinition,
    MaterializeResult,
    asset,
    job,
    materialize,
)
from dagster._core.event_api import PartitionKeyFilter
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteRepositoryOrigin

from configs.errors import InputError
from resources.cleaning.old_runs import remove_old_runs
from resources.instance import dagster_instance
from tests.e2e.production_stack import PRODUCTION, make_database
from tests.resources.catalog.postgres_server import postgres, programs
from tests.resources.stores.s3_servers import environment, rclone

PARTITIONS = DynamicPartitionsDefinition(name="datasets")
CHECK = AssetCheckKey(AssetKey("first"), "sound")
Launch = Callable[..., str]


@asset(partitions_def=PARTITIONS, check_specs=[AssetCheckSpec("sound", asset="first", partitions_def=PARTITIONS)])
def first(context: AssetExecutionContext) -> Iterator[Any]:
    yield AssetCheckResult(passed=True)
    yield MaterializeResult(data_version=DataVersion(context.run.tags["version"]))


@asset(partitions_def=PARTITIONS, deps=[first])
def second() -> None:
    print("said")


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, Path]]:
    """What the settings of production ask for: a database, and a bucket as a folder."""
    if programs() is None:
        pytest.skip("PostgreSQL is not installed")
    buckets = tmp_path_factory.mktemp("buckets")
    (buckets / "winnow").mkdir()
    with (
        tempfile.TemporaryDirectory(prefix="winnow-postgres-") as folder,
        postgres(Path(folder)) as url,
        rclone(buckets) as bucket,
    ):
        yield url, bucket, buckets / "winnow"


@pytest.fixture(params=["one machine", "production"])
def logs(request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with a folder of output for each run, as the settings of each kind have it."""
    if request.param == "one machine":
        return home / "storage"
    url, address, bucket = request.getfixturevalue("servers")
    name = f"test_{uuid4().hex[:8]}"
    make_database(url, name)
    home.mkdir()
    (home / "dagster.yaml").write_bytes((PRODUCTION / "dagster.yaml").read_bytes())
    database = url.replace("postgresql://", "postgresql+psycopg2://").replace("/postgres", f"/{name}")
    variables = environment(address, AWS_DEFAULT_REGION="us-east-1", WINNOW_LOGS_BUCKET="winnow")
    for key, value in {**variables, "WINNOW_DATABASE_URL": database}.items():
        monkeypatch.setenv(key, value)
    found: Path = bucket / "logs" / "storage"
    return found


@pytest.fixture
def instance(logs: Path) -> Iterator[DagsterInstance]:
    with dagster_instance() as made:
        made.add_dynamic_partitions("datasets", ["a", "b"])
        yield made


@pytest.fixture
def launch(instance: DagsterInstance) -> Launch:
    def run(dataset: str, version: str, *chosen: Any) -> str:
        tags = {"version": version}
        assets = [first, second]
        done = materialize(
            assets, selection=list(chosen or assets), partition_key=dataset, instance=instance, tags=tags
        )
        return done.run_id

    return run


def run_ids(instance: DagsterInstance) -> set[str]:
    return {run.run_id for run in instance.get_runs()}


def known(instance: DagsterInstance) -> dict[str, Any]:
    """What Dagster says of each asset and partition."""
    found: dict[str, Any] = {}
    for name in ("first", "second"):
        for dataset in ("a", "b"):
            event = instance.get_latest_materialization_event(AssetKey(name))
            records = instance.get_latest_data_version_record(AssetKey(name), partition_key=dataset)
            found[f"{name} {dataset}"] = (event and event.run_id, records and records.event_log_entry.tags)
        found[name] = instance.get_materialized_partitions(AssetKey(name))
    for dataset in ("a", "b"):
        said = instance.event_log_storage.get_latest_asset_check_execution_by_key(
            [CHECK], partition_filter=PartitionKeyFilter(key=dataset)
        )
        found[f"check {dataset}"] = [(each.status, each.run_id) for each in said.values()]
    return found


def test_runs_that_made_nothing_of_what_is_there_go(
    instance: DagsterInstance, launch: Launch, home: Path, logs: Path
) -> None:
    runs = [launch("a", "1"), launch("a", "2"), launch("b", "3"), launch("a", "4", first), launch("b", "5")]
    before = known(instance)
    soon = time.time() + 1
    would = remove_old_runs(instance, {"a", "b"}, soon, dry_run=True)
    assert run_ids(instance) == set(runs)
    removed = remove_old_runs(instance, {"a", "b"}, soon, dry_run=False)
    # runs[1] made what is last of second a, runs[3] of first a, runs[4] of b
    assert run_ids(instance) == {runs[1], runs[3], runs[4]}
    assert known(instance) == before
    is_local = logs.is_relative_to(home)
    found = [(each.what, each.count) for each in removed]
    assert found == [("runs of Dagster", 2), ("output of runs", 2 if is_local else 0)]
    assert [(each.count, each.size) for each in would] == [(each.count, each.size) for each in removed]
    assert all((each.size > 0) == is_local for each in removed)
    for run_id in runs:
        is_there = run_id in run_ids(instance)
        assert (home / "history" / "runs" / f"{run_id}.db").exists() == (is_there and is_local)
        assert any(path.is_file() for path in (logs / run_id).rglob("*")) == is_there
    assert all(instance.all_logs(run_id) for run_id in run_ids(instance))


def test_younger_runs_stay(instance: DagsterInstance, launch: Launch) -> None:
    old = launch("a", "1")
    between = time.time()
    young = [launch("a", "2"), launch("a", "3")]
    remove_old_runs(instance, {"a", "b"}, between, dry_run=False)
    assert run_ids(instance) == set(young)
    assert old not in run_ids(instance)


def test_runs_of_deleted_datasets_go(instance: DagsterInstance, launch: Launch) -> None:
    launch("a", "1")
    kept = launch("b", "2")
    remove_old_runs(instance, {"b"}, time.time() + 1, dry_run=False)
    assert run_ids(instance) == {kept}


@pytest.fixture
def made(instance: DagsterInstance) -> Callable[..., str]:
    """Records a run that did nothing."""
    origin = RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("here"), "all").get_job_origin("idle")

    @job
    def idle() -> None: ...

    def make(status: DagsterRunStatus, dataset: str = "a", **tags: str) -> str:
        tags = {"dagster/partition": dataset, **tags}
        return instance.create_run_for_job(
            idle, tags=tags, status=status, remote_job_origin=origin, job_code_origin=None
        ).run_id

    return make


def test_the_last_one_of_each_ending_and_all_at_work_stay(instance: DagsterInstance, made: Callable[..., str]) -> None:
    endings = (DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED)
    at_work = {made(status) for status in DagsterRunStatus if status not in (*endings, DagsterRunStatus.MANAGED)}
    older = [made(status) for status in endings]
    parent = made(DagsterRunStatus.FAILURE)
    last = {made(status, dataset) for dataset in ("a", "b") for status in endings}
    retry = made(DagsterRunStatus.QUEUED, **{"dagster/parent_run_id": parent})
    remove_old_runs(instance, {"a", "b"}, time.time() + 1, dry_run=False)
    assert run_ids(instance) == {*at_work, *last, parent, retry}
    assert not run_ids(instance) & set(older)


def test_output_that_cannot_be_removed_keeps_its_run(
    instance: DagsterInstance, made: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = {made(DagsterRunStatus.SUCCESS) for _ in range(2)}

    def denied(**_: object) -> None:
        raise ValueError("An error occurred (AccessDenied)\nwhen calling ListObjects")

    monkeypatch.setattr(instance.compute_log_manager, "delete_logs", denied)
    with pytest.raises(
        InputError, match=r"^the output of run \w{8} cannot be removed \(An error occurred [^\n]*\); mend"
    ):
        remove_old_runs(instance, {"a"}, time.time() + 1, dry_run=False)
    assert run_ids(instance) == runs
