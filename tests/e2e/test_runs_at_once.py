"""Runs beside each other on one state folder: first runs, runs of one dataset, and what a killed run leaves behind."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRunStatus

from resources.locks import dataset_lock, run_alive
from tests.e2e.conftest import SMALL_MODEL, WINNOW, draw_pictures

CSV = "filenames,embedding_0,embedding_1,labels\na.jpg,0,1,0\nb.jpg,3,0,0\nc.jpg,1,1,0\nd.jpg,2,1,0\n"
SECONDS = 180


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    (tmp_path / "e.csv").write_text(CSV, encoding="utf-8")
    return tmp_path


def start(place: Path, name: str, *tokens: str) -> "subprocess.Popen[str]":
    command = [WINNOW, "run", f"output_dir={place / 'out'}", f"run_directory={name}", *tokens]
    return subprocess.Popen(command, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def counts(place: Path, name: str) -> tuple[int, int]:
    found = json.loads((place / "out" / name / "report.json").read_text(encoding="utf-8"))["counts"]
    return found["input"], found["selected"]


def wait_until(ready: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_first_runs_on_a_state_folder_may_start_at_once(place: Path) -> None:
    draw_pictures(place / "pictures", 6)
    tokens = (f"input_dir={place / 'pictures'}", *SMALL_MODEL, "n_example_images=0")
    runs = [start(place, name, *tokens, f"dataset={name}", "stopping_condition.n_samples=2") for name in "abc"]
    for run in runs:
        output, errors = run.communicate(timeout=SECONDS)
        assert (run.returncode, errors) == (0, ""), output
    assert {counts(place, name) for name in "abc"} == {(11, 2)}


def test_two_runs_of_one_dataset_follow_each_other_with_their_own_settings(place: Path) -> None:
    tokens = ("shared_dir=.", "embeddings=e.csv")
    first = start(place, "a", *tokens, "stopping_condition.n_samples=2")
    wait_until(lambda: list(place.glob("home/locks/datasets/*.lock")) or first.poll() is not None)
    second = start(place, "b", *tokens, "stopping_condition.min_distance=0.000001")
    outputs = [run.communicate(timeout=SECONDS) for run in (first, second)]
    assert [(run.returncode, errors) for run, (_, errors) in zip((first, second), outputs, strict=True)] == [
        (0, "")
    ] * 2
    assert (counts(place, "a"), counts(place, "b")) == ((4, 2), (4, 4))
    assert "n_samples: 2" not in (place / "out" / "b" / "config" / "config.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_waits_says_so_and_can_be_stopped(place: Path, number: signal.Signals) -> None:
    with dataset_lock("x", "1a2b3c4d5e", print, started_by="winnow run"):
        run = start(place, "a", "dataset=x", "shared_dir=.", "embeddings=e.csv", "stopping_condition.n_samples=2")
        assert run.stdout is not None
        line = run.stdout.readline()
        assert "] waiting for run 1a2b3c4d of dataset x (started " in line
        assert f" by winnow run, process {os.getpid()} on " in line
        assert line.endswith(") to end; Ctrl-C stops waiting\n")
        before = time.monotonic()
        run.send_signal(number)
        assert run.wait(SECONDS) == 130
        assert time.monotonic() - before < 3
        _, errors = run.communicate(timeout=SECONDS)
    assert errors.startswith("winnow: interrupted")
    assert errors.count("\n") == 1
    assert not (place / "out").exists()
    with DagsterInstance.from_config(str(place / "home")) as instance:
        assert instance.get_runs_count() == 0


def test_a_killed_run_holds_nothing_and_is_shown_as_failed(place: Path) -> None:
    tokens = ("dataset=x", "shared_dir=.", "embeddings=e.csv", "stopping_condition.n_samples=2")
    killed = start(place, "a", *tokens)
    wait_until(lambda: (place / "out" / "a" / "config").exists() or killed.poll() is not None)
    killed.kill()
    killed.communicate(timeout=SECONDS)
    after = start(place, "b", *tokens)
    output, errors = after.communicate(timeout=SECONDS)
    assert (after.returncode, errors) == (0, "")
    assert "waiting" not in output
    with DagsterInstance.from_config(str(place / "home")) as instance:
        statuses = [run.status for run in instance.get_runs()]  # the newest first
    assert statuses == [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE]
    assert (place / "out" / "a" / "log.txt").read_text().endswith(" ERROR The process of this run was killed.\n")


def test_a_run_that_is_alive_is_left_alone(place: Path) -> None:
    tokens = ("shared_dir=.", "embeddings=e.csv", "stopping_condition.n_samples=2")
    assert start(place, "a", *tokens).wait(SECONDS) == 0
    with DagsterInstance.from_config(str(place / "home")) as instance:
        (done,) = instance.get_runs()
        other = done.with_status(DagsterRunStatus.STARTED)._replace(run_id="0" * 8)
        instance.add_run(other)
        with run_alive(other.run_id):
            assert start(place, "b", *tokens, "dataset=y").wait(SECONDS) == 0
        found = instance.get_run_by_id(other.run_id)
        assert found is not None
        assert found.status == DagsterRunStatus.STARTED


def test_ctrl_c_at_a_terminal_is_one_line(place: Path) -> None:
    """A terminal sends SIGINT to every process of the command, its helpers and decoders too."""
    draw_pictures(place / "pictures", 12)
    command = [WINNOW, "run", f"input_dir={place / 'pictures'}", f"output_dir={place / 'out'}", "run_directory=a"]
    run = subprocess.Popen(
        [*command, "lightly.model.name=resnet-101", "lightly.collate.input_size=512", "stopping_condition.n_samples=2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert run.stdout is not None
    assert any("Embedding images." in line for line in run.stdout)
    time.sleep(0.5)
    os.killpg(run.pid, signal.SIGINT)
    assert run.wait(SECONDS) == 130
    _, errors = run.communicate(timeout=SECONDS)
    assert errors.startswith("winnow: interrupted; finished steps are kept")
    assert errors.count("\n") == 1
    with DagsterInstance.from_config(str(place / "home")) as instance:
        (record,) = instance.get_runs()
    assert record.status in (DagsterRunStatus.CANCELED, DagsterRunStatus.FAILURE)
