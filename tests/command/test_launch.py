"""What `launch` makes of errors, and how long it says that a run took."""

import errno
import sqlite3
import time
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance, DagsterRunStatus

from configs.errors import InputError
from resources.locks import run_is_dead
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
    assert finished.folder == place / "out" / "r"


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


def test_a_fault_of_a_resource_is_told_as_it_is(place: Path) -> None:
    (place / "home").mkdir()
    (place / "home" / "cache.sqlite").write_text("this is no database", encoding="utf-8")
    with pytest.raises(InputError, match=r"^\S+/home/cache\.sqlite: file is not a database; .*delete this file"):
        run(place)


def test_a_file_of_the_state_folder_that_cannot_be_written(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(place / "home" / "storage" / "x"))

    monkeypatch.setattr(module, "execute_run", refused)
    with pytest.raises(InputError, match=r"home/storage/x: Permission denied; make .*home writable"):
        run(place)
