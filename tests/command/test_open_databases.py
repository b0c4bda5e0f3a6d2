from importlib import import_module
from pathlib import Path

import pytest
import sqlalchemy
from dagster import DagsterInstance, job
from sqlalchemy.pool import NullPool

from selection_assets.command.open_databases import STORAGES, open_databases


def test_dagster_still_makes_its_engines_by_these_names() -> None:
    for name in STORAGES:
        assert import_module(name).create_engine is sqlalchemy.create_engine, name


def test_the_databases_of_an_instance_stay_open(tmp_path: Path) -> None:
    """Not only the names, but what Dagster does with them."""
    with open_databases(), DagsterInstance.local_temp(str(tmp_path)) as instance:
        run = instance.create_run_for_job(in_this_test)
        instance.report_engine_event("an event", run)
        assert held(tmp_path / "history" / "runs.db")
        assert held(tmp_path / "history" / "runs" / f"{run.run_id}.db")
    assert not held(tmp_path / "history" / "runs.db")


@job
def in_this_test() -> None:
    pass


def insert(database: Path) -> int:
    """Write one event as Dagster does, with an engine and a connection of its own; return PRAGMA synchronous."""
    for name in STORAGES:
        engine = import_module(name).create_engine(f"sqlite:///{database}", poolclass=NullPool)
        with engine.connect() as connection, connection.begin():
            connection.execute(sqlalchemy.text("PRAGMA journal_mode=WAL"))
            connection.execute(sqlalchemy.text("CREATE TABLE IF NOT EXISTS events (text)"))
            connection.execute(sqlalchemy.text("INSERT INTO events VALUES ('one')"))
            synchronous = int(connection.execute(sqlalchemy.text("PRAGMA synchronous")).scalar_one())
        engine.dispose()
    return synchronous


def held(database: Path) -> bool:
    """Whether somebody holds the database open: the last one to close removes the log."""
    return database.with_name(f"{database.name}-wal").exists()


def test_files_stay_open_while_it_is_open_and_are_closed_after_it(tmp_path: Path) -> None:
    database = tmp_path / "events.db"
    with open_databases():
        for _ in range(3):
            assert insert(database) == 1  # NORMAL
            assert held(database)
    assert not held(database)
    assert insert(database) == 2  # FULL, the default
    assert not held(database)
    with sqlalchemy.create_engine(f"sqlite:///{database}").connect() as connection:
        assert connection.execute(sqlalchemy.text("SELECT count(*) FROM events")).scalar() == 12
        assert connection.execute(sqlalchemy.text("PRAGMA integrity_check")).scalar() == "ok"


def test_nested_connections_are_two_and_what_is_not_committed_is_undone(tmp_path: Path) -> None:
    with open_databases():
        engine = import_module(STORAGES[0]).create_engine(f"sqlite:///{tmp_path}/events.db", poolclass=NullPool)
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text("CREATE TABLE events (text)"))
        with engine.connect() as outer, engine.connect() as inner:
            assert outer.connection.dbapi_connection is not inner.connection.dbapi_connection
            outer.execute(sqlalchemy.text("INSERT INTO events VALUES ('half done')"))
        with engine.connect() as connection:
            assert connection.execute(sqlalchemy.text("SELECT count(*) FROM events")).scalar() == 0


def test_other_databases_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    module = import_module(STORAGES[0])
    monkeypatch.setattr(module, "create_engine", lambda *arguments, **options: (arguments, options))
    with open_databases():
        made = module.create_engine("postgresql+psycopg2://host/database", poolclass=NullPool)
    assert made == (("postgresql+psycopg2://host/database",), {"poolclass": NullPool})
