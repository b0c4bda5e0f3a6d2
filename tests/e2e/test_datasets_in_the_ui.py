"""What the UI shows and does for a dataset: versions, logs, waits, backfills, keys, and its end."""

import os
import re
import sqlite3
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import polars as pl
import pytest
import yaml

from resources.locks import dataset_lock
from tests.e2e.conftest import WINNOW
from tests.e2e.dagster_server import CSV, REPOSITORY, DagsterServer, vectors_config, wait_for

FOLLOWS_SELECTION = {"exported_samples", "plots", "report", "datapool", "uploaded_pictures", "platform_samples"}


@pytest.fixture(scope="module")
def first(server: DagsterServer, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The first run of the dataset `shown`, and the folder of its input and output."""
    place = tmp_path_factory.mktemp("shown")
    server.add_partition("shown")
    return server.launch("shown", vectors_config(place)), place


def versions(server: DagsterServer, run_id: str) -> dict[str, str]:
    return {asset: event["data_version"] for asset, event in server.materialisations(run_id).items()}


def test_the_log_is_in_the_run_folder_and_in_dagster(server: DagsterServer, first: tuple[str, Path]) -> None:
    lines = (server.folder(first[0]) / "log.txt").read_text(encoding="utf-8").splitlines()
    said = [line.split(" INFO ")[1] for line in lines if " INFO " in line]
    assert said == server.messages(first[0])
    assert "Found 4 input images in shared_dir/e.csv." in said
    assert said[-1] == "Done!"


def test_pdf_and_html_open_from_the_ui(server: DagsterServer, first: tuple[str, Path]) -> None:
    run_id, folder = first[0], server.folder(first[0])
    links = server.materialisations(run_id)["report"]["metadata"]
    for name, kind in (("pdf", "application/pdf"), ("html", "text/html; charset=utf-8")):
        with urllib.request.urlopen(server.address + links[f"open_{name}"], timeout=30) as answer:
            assert answer.headers["content-type"] == kind
            assert answer.read() == (folder / f"report.{name}").read_bytes()
    for name in ("log.txt", "config/config.yaml", "..%2f..%2fe.csv", "plots/..%2freport.pdf", "report.json"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{server.address}/winnow/{run_id}/{name}", timeout=30)


def test_versions_change_with_content_and_only_then(server: DagsterServer, first: tuple[str, Path]) -> None:
    run_id, place = first
    assert set(server.stale("shown").values()) == {"FRESH"}
    again = server.launch("shown", {})
    assert versions(server, again) == versions(server, run_id)
    assert set(server.stale("shown").values()) == {"FRESH"}

    other = vectors_config(place, n_samples=3)
    server.launch("shown", other, ["selected_samples"])
    assert {asset for asset, status in server.stale("shown").items() if status == "STALE"} == FOLLOWS_SELECTION
    server.launch("shown", {}, ["selected_samples"])
    assert set(server.stale("shown").values()) == {"FRESH"}

    (place / "e.csv").write_text(CSV + "e.jpg,5,5,0\n", encoding="utf-8")
    server.launch("shown", {}, ["input_samples"])
    # Dagster marks what follows directly, and the next when that was made again.
    stale = {asset for asset, status in server.stale("shown").items() if status == "STALE"}
    assert stale == {"checked_samples", "thumbnails", "processed_files"}
    before = versions(server, run_id)
    more = versions(server, server.launch("shown", {}))
    same = {asset for asset, version in more.items() if version == before[asset]}
    empty = {"datapool_members", "thumbnails", "checkpoint", "exported_samples", "datapool", "processed_files"}
    assert same == {*empty, "lightly_thumbnails", "uploaded_pictures", "platform_samples"}
    (place / "e.csv").write_text(CSV, encoding="utf-8")
    assert versions(server, server.launch("shown", {})) == before
    assert set(server.stale("shown").values()) == {"FRESH"}


def test_a_report_alone_tells_of_the_selection_that_it_shows(server: DagsterServer, tmp_path: Path) -> None:
    server.add_partition("told")
    server.launch("told", vectors_config(tmp_path, n_samples=3))
    other = vectors_config(tmp_path, n_samples=1)
    other["ops"]["normalized_embeddings"] = {"config": {"normalize_embeddings": False}}
    run_id = server.launch("told", other, ["report", "plots"])
    alone = server.report(run_id)
    config = yaml.safe_load((server.folder(run_id) / "config" / "config.yaml").read_text(encoding="utf-8"))
    assert (config["stopping_condition"]["n_samples"], config["normalize_embeddings"]) == (3, True)
    told = alone["config"]["typed"]
    assert (alone["counts"]["selected"], alone["selection"]["n_samples"]) == (3, 3)
    assert told["selected_samples"]["stopping_condition"]["n_samples"] == 3
    assert told["normalized_embeddings"]["normalize_embeddings"] is True
    assert "n_samples reached: 3" in alone["selection"]["stop_reason"]


def test_who_waits_names_the_run_and_can_be_stopped(server: DagsterServer, tmp_path: Path) -> None:
    """The dataset is taken by a run that Dagster does not know, as a command's on another machine."""
    server.add_partition("taken")
    os.environ["DAGSTER_HOME"], before = str(server.home), os.environ.get("DAGSTER_HOME")
    try:
        with dataset_lock("taken", "1a2b3c4d5e", print, started_by="winnow run"):
            stopped = server.start("taken", vectors_config(tmp_path))
            (line,) = wait_for(lambda: server.messages(stopped), 60, "it does not say what it waits for")
            assert line.startswith("waiting for run 1a2b3c4d of dataset taken (started ")
            assert f" by winnow run, process {os.getpid()} on " in line
            server.cancel(stopped)
            assert server.end(stopped, 60) == "CANCELED"
            waiting = server.start("taken", vectors_config(tmp_path))
            wait_for(lambda: server.messages(waiting), 60, "it does not say what it waits for")
    finally:
        os.environ.pop("DAGSTER_HOME")
        if before is not None:
            os.environ["DAGSTER_HOME"] = before
    assert server.end(waiting) == "SUCCESS"
    log = (server.folder(waiting) / "log.txt").read_text(encoding="utf-8")
    assert "INFO waiting for run 1a2b3c4d of dataset taken" in log.splitlines()[0]


def test_a_run_in_the_queue_says_what_it_waits_for(server: DagsterServer, tmp_path: Path) -> None:
    server.add_partition("busy")
    config = vectors_config(tmp_path)
    runs = [server.start("busy", config), server.start("busy", config)]
    assert [server.end(run_id) for run_id in runs] == ["SUCCESS", "SUCCESS"]
    said = [event["message"] for event in server.events(runs[1]) if event["__typename"] == "EngineEvent"]
    line = f"waiting for run {runs[0][:8]} of dataset busy to end"
    assert line in said
    assert line in (server.folder(runs[1]) / "log.txt").read_text(encoding="utf-8")


def test_the_command_waits_for_a_run_of_the_ui(server: DagsterServer, tmp_path: Path) -> None:
    server.add_partition("both")
    run_id = server.start("both", vectors_config(tmp_path))
    wait_for(lambda: server.tags(run_id).get("winnow/run_folder"), 60, "no folder")
    done = subprocess.run(
        [WINNOW, "run", "dataset=both", f"shared_dir={tmp_path}", "embeddings=e.csv", f"output_dir={tmp_path / 'out'}"],
        env={**os.environ, "DAGSTER_HOME": str(server.home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert f"waiting for run {run_id[:8]} of dataset both (started " in done.stdout
    assert " by the Dagster UI, process " in done.stdout
    assert server.end(run_id) == "SUCCESS"
    assert server.report(run_id)["counts"]["selected"] == 2


@pytest.mark.parametrize("key", ["../up", "a|b", "..", "a/b", " "])
def test_keys_that_are_no_names_make_nothing(server: DagsterServer, tmp_path: Path, key: str) -> None:
    if server.add_partition(key) != "AddDynamicPartitionSuccess":
        return  # Dagster refuses it itself
    before = {path for path in server.home.rglob("*") if "history" not in path.parts and "storage" not in path.parts}
    run_id = server.start(key, vectors_config(tmp_path), ["input_samples"])
    assert server.end(run_id) == "FAILURE"
    (line, *_) = server.errors(run_id)
    assert f"dataset={key!r}: use up to 100 letters, digits" in line
    after = {path for path in server.home.rglob("*") if "history" not in path.parts and "storage" not in path.parts}
    assert {path for path in after - before if path.suffix not in (".db", ".db-wal", ".db-shm")} == set()
    assert not (tmp_path / "out").exists()


def test_backfill_of_two_datasets_and_their_end(server: DagsterServer, tmp_path: Path) -> None:
    names = ["left", "right"]
    for number, name in enumerate(names, start=1):
        server.add_partition(name)
        (tmp_path / name).mkdir()
        server.launch(name, vectors_config(tmp_path / name, n_samples=number))
    started = server.graphql(
        "mutation($p: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $p) { __typename "
        "... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }",
        p={
            "partitionNames": names,
            "assetSelection": [{"path": [asset]} for asset in server.stale("left")],
            "fromFailure": False,
        },
    )["launchPartitionBackfill"]
    assert started["__typename"] == "LaunchBackfillSuccess", started
    query = "query($f: RunsFilter!) { runsOrError(filter: $f) { ... on Runs { results { runId } } } }"
    wanted = {"tags": [{"key": "dagster/backfill", "value": started["backfillId"]}]}

    def runs() -> list[str]:
        found = [run["runId"] for run in server.graphql(query, f=wanted)["runsOrError"]["results"]]
        return found if len(found) == 2 else []

    ended = {
        server.tags(run_id)["dagster/partition"]: run_id
        for run_id in wait_for(runs, 90, "no runs")
        if server.end(run_id)
    }
    assert {name: server.report(run_id)["counts"]["selected"] for name, run_id in ended.items()} == {
        "left": 1,
        "right": 2,
    }
    assert "Sampled 1 images." in (server.folder(ended["left"]) / "log.txt").read_text(encoding="utf-8")
    assert "Sampled 1 images." in server.messages(ended["left"])

    def kept(name: str) -> list[str]:
        with sqlite3.connect(server.home / "catalog.db") as catalog:
            rows = catalog.execute("SELECT name FROM winnow_datasets WHERE name = ?", (name,)).fetchall()
        return [*map(str, rows), *map(str, server.home.glob(f"tables/*/{name}.parquet"))]

    assert len(kept("left")) == 18
    server.graphql(
        "mutation($s: RepositorySelector!) { deleteDynamicPartitions(repositorySelector: $s, "
        'partitionsDefName: "datasets", partitionKeys: ["left"]) { __typename } }',
        s=REPOSITORY,
    )
    wait_for(lambda: not kept("left"), 75, "its files stay")
    assert len(kept("right")) == 18


def test_the_log_of_a_failed_run_ends_with_the_error(server: DagsterServer, tmp_path: Path) -> None:
    server.add_partition("fails")
    server.launch("fails", vectors_config(tmp_path))
    table = server.home / "tables" / "normalized_embeddings" / "fails.parquet"
    frame = pl.read_parquet(table)
    frame.drop("embedding").write_parquet(table, metadata={"winnow": '{"facts": {}, "figures": {}}'})
    run_id = server.start("fails", {}, ["dedup_sets", "selected_samples"])
    assert server.end(run_id) == "FAILURE"
    lines = (server.folder(run_id) / "log.txt").read_text(encoding="utf-8").rstrip().splitlines()
    assert re.match(r"\S+Error: |\S+\.\S+: ", lines[-1])
    assert "Traceback (most recent call last):" in lines
    table.write_bytes(b"")
    run_id = server.start("fails", {}, ["dedup_sets", "selected_samples"])
    assert server.end(run_id) == "FAILURE"
    lines = (server.folder(run_id) / "log.txt").read_text(encoding="utf-8").rstrip().splitlines()
    assert " ERROR " in lines[-1]
    assert f"{table}: the table of the asset normalized_embeddings cannot be read" in lines[-1]
