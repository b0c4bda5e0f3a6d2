from pathlib import Path

import sqlalchemy
from sqlalchemy.pool import NullPool

from selection_assets.open_databases import open_databases


def insert(database: Path) -> int:
    """Write one event as Dagster does, with an engine and a connection of its own; return PRAGMA synchronous."""
    engine = sqlalchemy.create_engine(f"sqlite:///{database}", poolclass=NullPool)
    with engine.connect() as connection, connection.begin():
        connection.execute(sqlalchemy.text("PRAGMA journal_mode=WAL"))
        connection.execute(sqlalchemy.text("CREATE TABLE IF NOT EXISTS events (text)"))
        connection.execute(sqlalchemy.text("INSERT INTO events VALUES ('one')"))
        return int(connection.execute(sqlalchemy.text("PRAGMA synchronous")).scalar_one())


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
        assert connection.execute(sqlalchemy.text("SELECT count(*) FROM events")).scalar() == 4
        assert connection.execute(sqlalchemy.text("PRAGMA integrity_check")).scalar() == "ok"
