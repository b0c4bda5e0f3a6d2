"""The Dagster instance of a state folder that is new, damaged, or whose settings hold a slip."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy

from configs.errors import InputError
from resources.instance import dagster_instance, damaged_database, instance_fault


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_several_processes_create_it_at_once(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom resources.instance import dagster_instance\nprint('in', flush=True)\ninput()\n"
        "with dagster_instance() as instance:\n"
        "    instance.add_dynamic_partitions('datasets', [sys.argv[1]])\n"
        "    print(instance.telemetry_enabled, instance.get_runs_count())\n"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", script, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for name in "abc"
    ]
    assert [process.stdout.readline() for process in processes if process.stdout] == [b"in\n"] * 3
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
    assert [process.communicate(timeout=60)[0] for process in processes] == [b"False 0\n"] * 3
    with dagster_instance() as instance:
        assert set(instance.get_dynamic_partitions("datasets")) == set("abc")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("telemetry: [enabled", "expected ',' or ']'"),
        ("telemetri:\n  enabled: false\n", "telemetri"),
        ("telemetry:\n  enabled: maybe\n", "enabled"),
        ("- a\n- b\n", "must hold `key: value` lines"),
        ("just text\n", "must hold `key: value` lines"),
        ("compute_logs:\n  module: no_such_module\n  class: X\n", "no_such_module"),
        ("\x00", "special characters are not allowed"),
    ],
)
def test_a_slip_in_the_settings(home: Path, text: str, reason: str) -> None:
    home.mkdir()
    (home / "dagster.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as raised, dagster_instance():
        pass
    line = str(raised.value)
    assert line.startswith(f"{home}/dagster.yaml: ")
    assert reason in line
    assert line.endswith("; mend it, or delete it for the default")
    assert "\n" not in line


def test_settings_that_are_no_text(home: Path) -> None:
    home.mkdir()
    (home / "dagster.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"dagster\.yaml: .*mend it"), dagster_instance():
        pass


def test_empty_settings_are_those_of_dagster(home: Path) -> None:
    home.mkdir()
    (home / "dagster.yaml").write_text("", encoding="utf-8")
    with dagster_instance() as instance:
        assert instance.telemetry_enabled


@pytest.mark.parametrize("name", ["history/runs.db", "history/runs/index.db", "schedules/schedules.db"])
@pytest.mark.parametrize("damage", ["text", "cut"])
def test_a_damaged_database(home: Path, name: str, damage: str) -> None:
    with dagster_instance():
        pass
    content = (home / name).read_bytes()
    (home / name).write_bytes(b"this is no database" * 100 if damage == "text" else content[: len(content) // 2 + 100])
    with pytest.raises(InputError) as raised, dagster_instance() as instance:
        try:
            instance.get_runs()
            instance.add_dynamic_partitions("datasets", ["a"])
            instance.all_instigator_state()
        except Exception as error:
            raise instance_fault(error) or error from error
    assert str(raised.value).startswith(f"{home}/{name}: damaged; ")
    assert "move it away" in str(raised.value)


@pytest.mark.parametrize(
    ("code", "mend"),
    [
        (sqlite3.SQLITE_FULL, "free some space"),
        (sqlite3.SQLITE_IOERR | 3 << 8, "free some space"),
        (sqlite3.SQLITE_READONLY, "make the folder and its files writable"),
        (sqlite3.SQLITE_CANTOPEN, "make the folder and its files writable"),
        (sqlite3.SQLITE_BUSY, "run again"),
    ],
)
def test_what_a_database_says(code: int, mend: str) -> None:
    original = sqlite3.OperationalError("what it says")
    original.sqlite_errorcode = code
    wrapped = sqlalchemy.exc.OperationalError("INSERT", {}, original)
    outer = RuntimeError("an event could not be stored")
    outer.__cause__ = wrapped
    fault = instance_fault(outer)
    assert fault is not None
    assert "what it says" in str(fault)
    assert mend in str(fault)


def test_other_errors_are_not_ours(home: Path) -> None:
    assert instance_fault(ValueError("x")) is None
    assert instance_fault(FileNotFoundError(2, "No such file", "/elsewhere")) is None
    try:
        try:
            raise InputError("an earlier one")
        except InputError:
            raise KeyError("a bug in what handles it")  # noqa: B904
    except KeyError as error:
        assert instance_fault(error) is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_database_that_is_read_only(home: Path) -> None:
    with dagster_instance():
        pass
    (home / "history" / "runs.db").chmod(0o400)
    with pytest.raises(InputError, match="writable"), dagster_instance() as instance:
        try:
            instance.add_dynamic_partitions("datasets", ["a"])
        except Exception as error:
            raise instance_fault(error) or error from error


def database(path: Path) -> Path:
    """One of a few pages, of which some are free."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as made:
        made.execute("CREATE TABLE t (x BLOB)")
        made.executemany("INSERT INTO t VALUES (?)", [(bytes(3_000),) for _ in range(20)])
        made.execute("DELETE FROM t WHERE rowid > 10")
        made.commit()
    return path


def test_damage_that_only_a_look_at_all_pages_finds(tmp_path: Path) -> None:
    folder = tmp_path / "a folder? with #1%20"
    names = ("history/runs/index.db", "history/runs.db", "schedules/s.db")  # in the order of the search
    files = [database(folder / name) for name in names]
    database(folder / "cache.db")
    (folder / "history" / "notes.txt").write_text("no database", encoding="utf-8")
    assert damaged_database(folder) is None
    for file in reversed(files):
        content = bytearray(file.read_bytes())
        content[36:40] = (3).to_bytes(4, "big")  # number of free pages
        file.write_bytes(content)
        assert damaged_database(folder) == file


def test_a_database_in_use_is_not_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = database(tmp_path / "history" / "runs.db")
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, timeout=0.01))
    with closing(sqlite3.connect(file)) as user:
        user.execute("PRAGMA locking_mode=EXCLUSIVE")
        user.execute("BEGIN EXCLUSIVE")
        assert damaged_database(tmp_path) is None


@pytest.mark.parametrize(
    ("scheme", "reason"),
    [
        ("postgresql+psycopg2", "Connection refused"),
        ("postgresql", "WINNOW_DATABASE_URL must begin with postgresql+psycopg2://"),
    ],
)
def test_a_postgresql_that_does_not_answer(
    home: Path, monkeypatch: pytest.MonkeyPatch, scheme: str, reason: str
) -> None:
    monkeypatch.setenv("WINNOW_DATABASE_URL", f"{scheme}://winnow:secret@127.0.0.1:1/winnow")
    home.mkdir()
    (home / "dagster.yaml").write_text(
        "storage: {postgres: {postgres_url: {env: WINNOW_DATABASE_URL}}}\n", encoding="utf-8"
    )
    with pytest.raises(InputError) as raised, dagster_instance():
        pass
    assert str(raised.value).startswith("Dagster's database: ")
    assert reason in str(raised.value)
    assert "secret" not in str(raised.value) and "\n" not in str(raised.value)
