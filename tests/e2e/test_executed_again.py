"""Re-execution in the UI: all of a run in a new folder, the rest of a failed or killed one in the old folder."""

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import WINNOW
from tests.e2e.dagster_server import DagsterServer, vectors_config, wait_for

DATE_AND_TIME = re.compile(r"\d{4}-\d\d-\d\d/\d\d:\d\d:\d\d")


def place_in(folder: Path, output: Path) -> str:
    return str(folder.relative_to(output))


def steps_run(server: DagsterServer, run_id: str) -> set[str]:
    return {event["stepKey"] for event in server.events(run_id) if event["__typename"] == "ExecutionStepStartEvent"}


@pytest.fixture(scope="module")
def whole(server: DagsterServer, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A run that named its folder and succeeded; and where its output lies."""
    place = tmp_path_factory.mktemp("again")
    server.add_partition("again")
    return server.launch("again", vectors_config(place, run_directory="named")), place / "out"


def test_all_of_it_is_a_new_run_in_a_new_folder(server: DagsterServer, whole: tuple[str, Path]) -> None:
    first, output = whole
    assert place_in(server.folder(first), output) == "named"
    again = server.execute_again(first, "ALL_STEPS", useParentRunTags=True)
    assert server.end(again) == "SUCCESS", server.errors(again)
    assert DATE_AND_TIME.fullmatch(place_in(server.folder(again), output))
    assert server.report(again)["counts"] == server.report(first)["counts"]
    assert (server.report(first)["job"]["run_id"], server.report(again)["job"]["run_id"]) == (first, again)


def test_a_run_of_the_command_that_named_its_folder(server: DagsterServer, tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text("filenames,embedding_0,labels\na.jpg,1,0\nb.jpg,2,0\n", encoding="utf-8")
    tokens = [f"shared_dir={tmp_path}", "embeddings=e.csv", f"output_dir={tmp_path / 'out'}", "run_directory=named"]
    done = subprocess.run(
        [WINNOW, "run", *tokens, "stopping_condition.n_samples=1"],
        env={**os.environ, "DAGSTER_HOME": str(server.home)},
        capture_output=True,
        text=True,
        check=True,
    )
    (first,) = re.findall(r"/runs/(\S+)", done.stdout)
    again = server.execute_again(first, "ALL_STEPS", useParentRunTags=True)
    assert server.end(again) == "SUCCESS", server.errors(again)
    assert DATE_AND_TIME.fullmatch(place_in(server.folder(again), tmp_path / "out"))
    assert server.report(again)["counts"] == server.report(first)["counts"]


def test_from_failure_goes_on_in_the_old_folder(server: DagsterServer, tmp_path: Path) -> None:
    dataset = "failed"
    server.add_partition(dataset)
    config = vectors_config(tmp_path)
    whole = server.launch(dataset, config)
    broken = server.home / "tables" / "dedup_sets" / f"{dataset}.parquet"
    broken.write_bytes(b"damaged")
    failed = server.start(dataset, config, ["selected_samples", "report", "plots"])
    assert server.end(failed) == "FAILURE"
    folders = set((tmp_path / "out").glob("*/*"))
    (line,) = server.errors(failed)[:1]
    assert f"{broken}: the table of the asset dedup_sets cannot be read; materialise this asset" in line
    server.launch(dataset, config, ["dedup_sets"])
    again = server.execute_again(failed, "FROM_FAILURE", useParentRunTags=True)
    assert server.end(again) == "SUCCESS", server.errors(again)
    assert steps_run(server, again) == {"selected_samples", "report"}
    assert server.report(again)["counts"] == server.report(whole)["counts"]
    assert server.tags(failed).get("winnow/run_folder", "") in ("", str(server.folder(again)))
    assert folders <= set((tmp_path / "out").glob("*/*"))


def test_from_failure_after_kill(server: DagsterServer, pictures: Path, tmp_path: Path) -> None:
    dataset = "killed"
    server.add_partition(dataset)
    config = {
        "ops": {
            "embeddings": {"config": {"collate": {"input_size": 224}, "loader": {"num_workers": 0}}},
            "checkpoint": {"config": {"model": {"name": "resnet-18"}}},
            "selected_samples": {"config": {"stopping_condition": {"n_samples": 3}}},
        },
        "resources": {
            "datasource": {"config": {"input_dir": str(pictures)}},
            "run_folder": {"config": {"output_dir": str(tmp_path / "out")}},
        },
    }
    first = server.start(dataset, config)
    wait_for(lambda: "embeddings" in steps_run(server, first), 120, "no embedding")
    pids = [
        re.search(r"Started process for run \(pid: (\d+)\)", event.get("message", "")) for event in server.events(first)
    ]
    (pid,) = [int(found[1]) for found in pids if found]
    os.kill(pid, signal.SIGKILL)
    assert server.end(first, seconds=40) == "FAILURE"
    folder = server.folder(first)
    again = server.execute_again(first, "FROM_FAILURE", useParentRunTags=True)
    assert server.end(again) == "SUCCESS", server.events(again)
    assert server.folder(again) == folder
    assert "embeddings" in steps_run(server, again)
    assert not {"input_samples", "checked_samples"} & steps_run(server, again)
    assert list((tmp_path / "out").glob("*/*")) == [folder]
    assert server.report(again)["counts"]["selected"] == 3
    log = (folder / "log.txt").read_text(encoding="utf-8")
    lines = ("Loading initial dataset...", "ERROR The process of this run was killed.", "Done!")
    assert sorted(lines, key=log.index) == list(lines)
    assert [log.count(line) for line in lines] == [1, 1, 1]
    assert log.index("Embedding images.") < log.index("Done!")
