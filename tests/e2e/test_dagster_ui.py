"""`winnow ui`: a run launched through Dagster's GraphQL on a partition, and the asset graph in a browser."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import SMALL_MODEL, WINNOW

LOCATION = "selection_assets.definitions"
ASSETS = {
    "input_samples",
    "checked_samples",
    "thumbnails",
    "checkpoint",
    "embeddings",
    "dedup_sets",
    "normalized_embeddings",
    "selected_samples",
    "exported_samples",
    "plots",
    "report",
    "datapool",
}
CHECKS = {
    "corrupt_share",
    "finite_vectors",
    "unit_norms",
    "selection_count",
    "min_distance_held",
    "partition_of_the_input",
}


@pytest.fixture(scope="module")
def home_of_server(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ui")


@pytest.fixture(scope="module")
def server(home_of_server: Path) -> Iterator[str]:
    """Address of a Dagster web server with its daemon, on a state folder of its own."""
    home = home_of_server
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (home / "server.log").open("w") as log:
        process = subprocess.Popen(
            [WINNOW, "ui", "--port", str(port)],
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "DAGSTER_HOME": str(home)},
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: answers(address), 120, f"no server, see {home / 'server.log'}")
        yield address
    finally:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(30)


def wait_for(ready: Any, seconds: float, message: str) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := ready():
            return value
        time.sleep(0.5)
    raise AssertionError(message)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/server_info", timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def graphql(address: str, query: str, **variables: Any) -> Any:
    request = urllib.request.Request(
        f"{address}/graphql",
        json.dumps({"query": query, "variables": variables}).encode(),
        {"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        answer = json.load(response)
    assert "errors" not in answer, answer
    return answer["data"]


SELECTOR = {"repositoryLocationName": LOCATION, "repositoryName": "__repository__"}


def launch(address: str, config: dict[str, Any], assets: list[str] | None = None) -> str:
    """Launch selection_job (or some of its assets) on the partition `shapes` and wait until it has succeeded."""
    selector: dict[str, Any] = {**SELECTOR, "jobName": "selection_job"}
    if assets is not None:
        selector["assetSelection"] = [{"path": [name]} for name in assets]
    launched = graphql(
        address,
        "mutation($p: ExecutionParams!) { launchRun(executionParams: $p) { __typename "
        "... on LaunchRunSuccess { run { runId } } ... on PythonError { message } "
        "... on RunConfigValidationInvalid { errors { message } } } }",
        p={
            "selector": selector,
            "runConfigData": json.dumps(config),
            "executionMetadata": {"tags": [{"key": "dagster/partition", "value": "shapes"}]},
        },
    )["launchRun"]
    assert launched["__typename"] == "LaunchRunSuccess", launched
    run_id = str(launched["run"]["runId"])

    assert wait_for(lambda: ended(address, run_id), 240, "the run does not end") == "SUCCESS"
    return run_id


def ended(address: str, run_id: str) -> str | None:
    """How a run ended; None while it has not."""
    found = graphql(address, "query($r: ID!) { runOrError(runId: $r) { ... on Run { status } } }", r=run_id)
    value = str(found["runOrError"]["status"])
    return value if value in ("SUCCESS", "FAILURE", "CANCELED") else None


def run_folder(address: str, run_id: str) -> Path:
    found = graphql(address, "query($r: ID!) { runOrError(runId: $r) { ... on Run { tags { key value } } } }", r=run_id)
    tags = {tag["key"]: tag["value"] for tag in found["runOrError"]["tags"]}
    return Path(tags["winnow/run_folder"])


@pytest.fixture(scope="module")
def run_id(server: str, pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A successful run of selection_job on a new partition, with a typed run config."""
    added = graphql(
        server,
        "mutation($s: RepositorySelector!, $k: String!) { addDynamicPartition(repositorySelector: $s, "
        'partitionsDefName: "datasets", partitionKey: $k) { __typename } }',
        s=SELECTOR,
        k="shapes",
    )
    assert added["addDynamicPartition"]["__typename"] == "AddDynamicPartitionSuccess"
    name, width, features = (token.partition("=")[2] for token in SMALL_MODEL)
    model = {"name": name, "width": float(width), "num_ftrs": int(features)}
    config = {
        "ops": {
            "checkpoint": {"config": {"model": model}},
            "selected_samples": {"config": {"stopping_condition": {"proportion_samples": 0.25}}},
        },
        "resources": {
            "datasource": {"config": {"input_dir": str(pictures)}},
            "run_folder": {"config": {"output_dir": str(tmp_path_factory.mktemp("out"))}},
        },
    }
    return launch(server, config)


def test_every_asset_is_materialised_on_the_partition(server: str, run_id: str) -> None:
    found = graphql(
        server,
        "query($r: ID!) { runOrError(runId: $r) { ... on Run { assetMaterializations { partition assetKey { path } "
        "metadataEntries { label ... on IntMetadataEntry { intValue } ... on MarkdownMetadataEntry { mdStr } } } } } }",
        r=run_id,
    )["runOrError"]
    events = {event["assetKey"]["path"][0]: event for event in found["assetMaterializations"]}
    assert set(events) == ASSETS
    assert {event["partition"] for event in events.values()} == {"shapes"}
    numbers = {entry["label"]: entry.get("intValue") for entry in events["selected_samples"]["metadataEntries"]}
    assert (numbers["input"], numbers["corrupt"], numbers["duplicate"]) == (29, 3, 2)
    assert numbers["selected"] == 7  # a quarter of 29, rounded down
    plots = [entry.get("mdStr") for entry in events["plots"]["metadataEntries"] if entry.get("mdStr")]
    assert sum("data:image/" in plot for plot in plots) >= 10
    assert all(len(plot) < 220_000 for plot in plots)
    assert (run_folder(server, run_id) / "report.pdf").exists()


def test_selecting_again_runs_only_selection_and_what_follows(server: str, run_id: str) -> None:
    assets = ["selected_samples", "exported_samples", "plots", "report"]
    config = {"ops": {"selected_samples": {"config": {"stopping_condition": {"proportion_samples": 0.5}}}}}
    second = launch(server, config, assets)  # everything else is stored with the dataset
    found = graphql(
        server,
        "query($r: ID!) { runOrError(runId: $r) { ... on Run { assetMaterializations { assetKey { path } } } } }",
        r=second,
    )["runOrError"]["assetMaterializations"]
    assert {event["assetKey"]["path"][0] for event in found} == set(assets)
    before, after = run_folder(server, run_id), run_folder(server, second)
    assert after.parent.parent == before.parent.parent
    report = json.loads((after / "report.json").read_text(encoding="utf-8"))
    assert (report["counts"]["input"], report["counts"]["selected"]) == (29, 14)
    lists = [(folder / "filenames" / "sampled_filenames.txt").read_text().split() for folder in (before, after)]
    assert len(lists[0]) == 7
    assert set(lists[0]) < set(lists[1])


def test_a_run_of_the_command_can_be_executed_again(server: str, home_of_server: Path, tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text("filenames,embedding_0,labels\na.jpg,1,0\nb.jpg,2,0\n", encoding="utf-8")
    tokens = [f"shared_dir={tmp_path}", "embeddings=e.csv", f"output_dir={tmp_path / 'out'}"]
    done = subprocess.run(
        [WINNOW, "run", *tokens, "stopping_condition.n_samples=1"],
        env={**os.environ, "DAGSTER_HOME": str(home_of_server)},
        capture_output=True,
        text=True,
        check=True,
    )
    (first,) = re.findall(r"/runs/(\S+)", done.stdout)
    found = graphql(
        server, "query($r: ID!) { runOrError(runId: $r) { ... on Run { hasReExecutePermission status } } }", r=first
    )["runOrError"]
    assert found == {"hasReExecutePermission": True, "status": "SUCCESS"}
    again = graphql(
        server,
        "mutation($p: ReexecutionParams!) { launchRunReexecution(reexecutionParams: $p) { __typename "
        "... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }",
        p={"parentRunId": first, "strategy": "ALL_STEPS"},
    )["launchRunReexecution"]
    assert again["__typename"] == "LaunchRunSuccess", again
    assert wait_for(lambda: ended(server, again["run"]["runId"]), 240, "the run does not end") == "SUCCESS"


def test_every_check_passed(server: str, run_id: str) -> None:
    found = graphql(
        server,
        "query($r: ID!) { logsForRun(runId: $r, limit: 5000) { ... on EventConnection { events { __typename "
        "... on AssetCheckEvaluationEvent { evaluation { checkName success } } } } } }",
        r=run_id,
    )["logsForRun"]["events"]
    results = {
        event["evaluation"]["checkName"]: event["evaluation"]["success"] for event in found if "evaluation" in event
    }
    assert results == dict.fromkeys(CHECKS, True)


def test_the_asset_graph_opens_in_a_browser(server: str, tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no Chromium on this machine")
    quiet = "--disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update"
    page = subprocess.run(
        [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-sync",
            *quiet.split(),
            f"--user-data-dir={tmp_path / 'profile'}",
            "--window-size=2800,1500",
            "--virtual-time-budget=30000",
            "--dump-dom",
            f"{server}/locations/{LOCATION}/asset-groups/winnow",
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=180,
    ).stdout
    assert {name for name in ASSETS if name in page} == ASSETS
