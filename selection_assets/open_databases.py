"""Keeps the SQLite files of the Dagster instance open while a run in this process writes its events.

Dagster opens a connection for each event and closes it again. The last one to close a file in write-ahead mode folds
the log into it and waits for the disk, three times per event; with one idle connection per file nobody is the last.
Nor does each event wait for the disk: after a power cut the events of the last moments may be missing, while the file
stays sound (https://www.sqlite.org/pragma.html#pragma_synchronous, NORMAL). Other databases are left alone.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def open_databases() -> Iterator[None]:
    """While it is open, every SQLite file that SQLAlchemy connects to is held open by one idle connection."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    held: dict[str, sqlite3.Connection] = {}

    def hold(connection: object, _: object) -> None:
        if not isinstance(connection, sqlite3.Connection):
            return
        connection.execute("PRAGMA journal_mode = WAL")  # Dagster does so a moment later, too late for the idle one
        connection.execute("PRAGMA synchronous = NORMAL")
        _, _, path = connection.execute("PRAGMA database_list").fetchone()
        if path and path not in held:
            held[path] = sqlite3.connect(path, check_same_thread=False)
            held[path].execute("SELECT count(*) FROM sqlite_master").fetchone()  # a connection opens at its first use

    event.listen(Engine, "connect", hold)
    try:
        yield
    finally:
        event.remove(Engine, "connect", hold)
        for idle in held.values():
            idle.close()
