"""The production stack: PostgreSQL, a bucket for logs, code server, web server and daemon, as compose.yaml has them."""

import json
import os
import signal
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, inspect, make_url, text

from resources.killed_runs import KILLED
from resources.locks import dataset_lock
from tests.e2e.conftest import WINNOW
from tests.e2e.dagster_server import vectors_config, wait_for
from tests.e2e.production_stack import ROOT, Stack, make_database, production_stack
from tests.resources.catalog.postgres_server import programs

SECONDS = 240


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    if programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with tempfile.TemporaryDirectory(prefix="winnow-production-") as folder, production_stack(Path(folder)) as started:
        yield started


@contextmanager
def database(stack: Stack, name: str) -> Iterator[Engine]:
    engine = create_engine(make_url(stack.database).set(drivername="postgresql+psycopg2", database=name))
    yield engine
    engine.dispose()


def test_a_run_succeeds_and_everything_lies_where_it_belongs(stack: Stack, pictures: Path, tmp_path: Path) -> None:
    """Meanwhile a second run of the dataset waits in the queue: Dagster holds it before the dataset's lock has to."""
    web = stack.web
    web.add_partition("shapes")
    config = vectors_config(tmp_path, run_directory="first")
    config["resources"]["datasource"]["config"] = {"input_dir": str(pictures)}
    config["ops"]["input_samples"]["config"] = {}
    config["ops"]["checkpoint"] = {"config": {"model": {"name": "resnet-9", "width": 0.125, "num_ftrs": 16}}}
    run_id = web.start("shapes", config)
    second = web.start("shapes", vectors_config(tmp_path), ["input_samples"])
    wait_for(lambda: web.status(run_id) == "STARTED", SECONDS, "it does not start")
    assert web.status(second) == "QUEUED"
    assert [web.end(each, SECONDS) for each in (run_id, second)] == ["SUCCESS", "SUCCESS"], web.errors(run_id)
    ends, starts = (web._run(each, "startTime endTime") for each in (run_id, second))
    assert ends["endTime"] <= starts["startTime"]
    assert web.report(run_id)["counts"]["selected"] == 2

    with urllib.request.urlopen(f"{web.address}/winnow/{run_id}/report.html", timeout=30) as answer:
        assert b"<html" in answer.read()

    storage = stack.bucket / "winnow" / "logs" / "storage"
    (log,) = (storage / run_id).glob("**/*.err")  # of the process that carries out all steps
    assert log.with_suffix(".out").exists()
    shown = web.graphql(
        "query($k: [String!]!) { capturedLogs(logKey: $k) { stderr } "
        "capturedLogsMetadata(logKey: $k) { stderrLocation } }",
        k=list(log.relative_to(storage).with_suffix("").parts),
    )
    assert shown["capturedLogsMetadata"]["stderrLocation"].startswith(f"s3://winnow/logs/storage/{run_id}/")
    assert shown["capturedLogs"]["stderr"] == log.read_text(encoding="utf-8")

    with database(stack, "winnow") as engine:
        tables = set(inspect(engine).get_table_names())
    assert {"runs", "event_logs", "job_ticks", "winnow_datasets"} <= tables
    assert not list(web.home.glob("**/*.db")), "neither Dagster nor the catalog uses SQLite"


def test_killed_runs_are_tried_again_and_mistakes_are_not(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = stack.web
    monkeypatch.setenv("DAGSTER_HOME", str(web.home))
    for name in ("killed", "mistaken"):
        web.add_partition(name)
    wrong = vectors_config(tmp_path)
    wrong["ops"]["input_samples"]["config"]["embeddings"] = "gone.csv"
    mistaken = web.start("mistaken", wrong, ["input_samples"])
    assert web.end(mistaken, SECONDS) == "FAILURE"
    with dataset_lock("killed", "1a2b3c4d5e", print):  # runs wait for it where they can be killed
        first = web.start("killed", vectors_config(tmp_path), ["input_samples"])
        wait_for(lambda: web.messages(first), SECONDS, "it does not say what it waits for")
        os.kill(process_of(stack, first), signal.SIGKILL)
        assert web.end(first, SECONDS) == "FAILURE"
        (second,) = wait_for(lambda: tried_again(stack, first), SECONDS, "it is not tried again")
        wait_for(lambda: web.messages(second), SECONDS, "it does not say what it waits for")
        stack.restart("code")  # with all that runs in its container: nobody is left to say so
        assert web.end(second, SECONDS) == "FAILURE"
        assert KILLED in [event["message"] for event in web.events(second) if event["__typename"] == "RunFailureEvent"]
    (third,) = wait_for(lambda: tried_again(stack, second), SECONDS, "it is not tried again")
    assert web.end(third, SECONDS) == "SUCCESS"
    assert web.tags(mistaken)["dagster/will_retry"] == "false"
    assert tried_again(stack, mistaken) == []


def process_of(stack: Stack, run_id: str) -> int:
    told = stack.web.graphql(
        "query($r: ID!) { logsForRun(runId: $r) { ... on EventConnection { events { ... on EngineEvent "
        "{ metadataEntries { label ... on TextMetadataEntry { text } } } } } } }",
        r=run_id,
    )["logsForRun"]["events"]
    entries = [entry for event in told for entry in event.get("metadataEntries", [])]
    return next(int(entry["text"]) for entry in entries if entry["label"] == "pid")


def tried_again(stack: Stack, run_id: str) -> list[str]:
    found = stack.web.graphql(
        "query($t: [ExecutionTag!]) { runsOrError(filter: {tags: $t}) { ... on Runs { results { runId } } } }",
        t=[{"key": "dagster/parent_run_id", "value": run_id}],
    )["runsOrError"]["results"]
    return [run["runId"] for run in found]


@pytest.mark.slow
def test_the_command_works_in_a_container_too(stack: Stack, tmp_path: Path) -> None:
    vectors_config(tmp_path)
    done = subprocess.run(
        [
            *(WINNOW, "run", "dataset=by_hand", f"shared_dir={tmp_path}", "embeddings=e.csv"),
            *(f"output_dir={tmp_path / 'out'}", "stopping_condition.n_samples=2"),
        ],
        env=stack.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    found = stack.web.graphql("{ runsOrError(limit: 1) { ... on Runs { results { runId status } } } }")
    (run,) = found["runsOrError"]["results"]
    assert run["status"] == "SUCCESS"
    assert json.loads((stack.web.folder(run["runId"]) / "report.json").read_text("utf-8"))["counts"]["selected"] == 2


def test_a_backup_holds_runs_and_datasets(stack: Stack, tmp_path: Path) -> None:
    """With the commands of the page, into another database."""
    page = (ROOT / "docs" / "production.md").read_text(encoding="utf-8")
    commands = [line.partition("exec -T postgres ")[2] for line in page.splitlines() if "exec -T postgres" in line]
    assert [command.split()[0] for command in commands] == ["pg_dump", "pg_restore"]
    stack.web.add_partition("backed-up")
    stack.web.launch("backed-up", vectors_config(tmp_path))
    make_database(stack.database, "restored")
    server = make_url(stack.database)
    environment = {
        **os.environ,
        "PATH": f"{programs()}:{os.environ['PATH']}",
        "PGHOST": str(server.host),
        "PGPORT": str(server.port),
        "PGPASSWORD": str(server.password),
    }
    for command in (commands[0], commands[1].replace("--dbname winnow", "--dbname restored")):
        subprocess.run(["bash", "-eu", "-c", command], cwd=tmp_path, env=environment, check=True)
    counts = []
    for name in ("winnow", "restored"):
        with database(stack, name) as engine, engine.connect() as connection:
            queries = (text(f"SELECT count(*) FROM {table}") for table in ("runs", "winnow_datasets"))
            counts.append([connection.execute(query).scalar_one() for query in queries])
    assert counts[0] == counts[1]
    assert min(counts[0]) >= 1
