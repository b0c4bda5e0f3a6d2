"""What `launch` makes of errors, and how long it says that a run took."""

import errno
import logging
import sqlite3
import time
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterExecutionInterruptedError, DagsterInstance, DagsterRun, DagsterRunStatus, Failure

from configs.errors import InputError
from resources.catalog.datasets import add_dataset, store_thumbnail_suffix
from resources.instance import dagster_instance
from resources.locks import run_is_dead
from resources.platform.datasets import create_dataset
from resources.platform.users import add_user
from selection_assets.command import launch as module
from selection_assets.command.launch import FinishedRun, launch

CSV = "filenames,embedding_0,embedding_1,labels\na.jpg,0,1,0\nb.jpg,3,0,0\nc.jpg,1,1,0\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    (tmp_path / "e.csv").write_text(CSV, encoding="utf-8")
    return tmp_path


def run(place: Path, **stages: dict[str, Any]) -> FinishedRun:
    named = {
        "datasource": {"shared_dir": str(place)},
        "input_samples": {"embeddings": "e.csv"},
        "run_folder": {"output_dir": str(place / "out"), "run_directory": "r"},
        "selected_samples": {"stopping_condition": {"n_samples": 2}},
        **stages,
    }
    return launch(named, "x", [])


def test_a_run_can_be_executed_again_from_the_ui_and_its_seconds_add_up(place: Path) -> None:
    before = time.perf_counter()
    finished = run(place)
    wall = time.perf_counter() - before
    assert sum(finished.step_seconds.values()) < finished.seconds <= wall
    assert finished.seconds > 0.5 * wall
    assert next(iter(finished.step_seconds)) == "input_samples"
    assert not run_is_dead(finished.run_id)
    with DagsterInstance.get() as instance:
        record = instance.get_run_by_id(finished.run_id)
    assert record is not None
    assert record.status == DagsterRunStatus.SUCCESS
    origin = record.remote_job_origin
    assert origin is not None
    assert (origin.location_name, origin.repository_origin.repository_name, origin.job_name) == (
        "selection_assets.definitions",
        "__repository__",
        "selection_job",
    )
    assert finished.folder == str(place / "out" / "r")


def test_a_full_disk_under_the_state_folder_is_one_line(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("something of Dagster")

    monkeypatch.setattr(module, "execute_run", broken)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage(100, 100, 0))
    with pytest.raises(InputError, match=rf"^{place}/home: the disk is full; free some space there"):
        run(place)
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage(1 << 40, 0, 1 << 40))
    with pytest.raises(RuntimeError, match=r"^something of Dagster$"):
        run(place)


def test_a_database_that_cannot_grow_is_one_line(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise RuntimeError("an event could not be stored") from error

    monkeypatch.setattr(module, "execute_run", full)
    with pytest.raises(InputError, match=r"home: .*database or disk is full.*free some space"):
        run(place)


def test_a_fault_of_a_resource_is_told_as_it_is(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrapped(*_: object, **__: object) -> None:
        try:
            raise InputError("tables/embeddings/a.parquet cannot be read; materialise this asset again")
        except InputError as error:
            raise RuntimeError("Dagster's words about a step") from error

    monkeypatch.setattr(module, "execute_run", wrapped)
    with pytest.raises(
        InputError, match=r"^tables/embeddings/a\.parquet cannot be read; materialise this asset again$"
    ):
        run(place)


def test_a_file_of_the_state_folder_that_cannot_be_written(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(place / "home" / "storage" / "x"))

    monkeypatch.setattr(module, "execute_run", refused)
    with pytest.raises(InputError, match=r"home/storage/x: Permission denied; make .*home writable"):
        run(place)


def test_runs_on_other_datasets_are_told_of(place: Path, caplog: pytest.LogCaptureFixture) -> None:
    with DagsterInstance.ephemeral() as instance, caplog.at_level(logging.INFO, "winnow"):
        for dataset, status in (
            ("x", DagsterRunStatus.STARTED),
            ("y", DagsterRunStatus.STARTED),
            ("z", DagsterRunStatus.SUCCESS),
            ("q", DagsterRunStatus.FAILURE),
        ):
            run = DagsterRun("selection_job", f"id-of-{dataset}", status=status, tags={"dagster/partition": dataset})
            instance.run_storage.add_run(run)
        module._tell_of_others(instance, "x")
    assert caplog.messages == [
        "Run id-of-y of dataset y is at work, too: they share this machine, and neither waits for the other."
    ]


def test_a_step_that_fails_ends_the_run_with_its_words(place: Path) -> None:
    (place / "e.csv").write_text("filenames,embedding_0,embedding_1,labels\na.jpg,0,x,0\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"e\.csv"):
        run(place)


@pytest.mark.parametrize(
    ("error", "expected", "words"),
    [
        (DagsterExecutionInterruptedError(), KeyboardInterrupt, "^$"),
        (Failure("input_dir is gone; mount it"), InputError, "^input_dir is gone; mount it$"),
        (Failure(), InputError, "^the run failed$"),
        (ValueError("a bug"), ValueError, "^a bug$"),
    ],
)
def test_how_a_run_may_end(
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    expected: type[BaseException],
    words: str,
) -> None:
    def end(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(module, "execute_run", end)
    with pytest.raises(expected, match=words):
        run(place)


def test_the_idle_step_is_left_out_where_nothing_asks_for_it() -> None:
    keys = {key.to_user_string() for key in module._all_but("datapool")}
    assert "datapool" not in keys and {"input_samples", "selected_samples", "report"} <= keys


@pytest.mark.usefixtures("place")
def test_steps_without_work_are_left_out() -> None:
    place = {"datasource": {"shared_dir": "/lightly"}}
    for name, suffix in (("cats", ".lightly/x/[filename]"), ("dogs", "")):
        add_dataset(name, place)
        store_thumbnail_suffix(name, suffix)
    assert module._idle(place, "cats") == ["datapool", "uploaded_pictures", "platform_samples"]
    assert module._idle({**place, "datapool": {"name": "p"}}, "cats") == ["uploaded_pictures", "platform_samples"]
    assert module._idle({}, "cats") == module._idle(place, "dogs") == module._idle(place, "new")
    assert module._idle(place, "dogs") == ["datapool", "lightly_thumbnails", "uploaded_pictures", "platform_samples"]
    of_vectors = {**place, "input_samples": {"embeddings": "e.csv"}}
    assert module._idle(of_vectors, "cats") == [
        "datapool",
        "processed_files",
        "lightly_thumbnails",
        "uploaded_pictures",
        "platform_samples",
    ]
    with dagster_instance() as instance:
        made = create_dataset(instance, add_user("ann@example.com"), "of the platform", type="Images")
    assert module._idle({}, made.dataset) == ["datapool", "uploaded_pictures"]
