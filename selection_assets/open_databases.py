"""Keeps the SQLite files of the Dagster instance open while a run in this process writes its events.

Dagster opens a connection for each event and closes it again. The last one to close a file in write-ahead mode folds
the log into it and waits for the disk, three times per event; with one idle connection per file nobody is the last.
Nor does each event wait for the disk: after a power cut the events of the last moments may be missing, while the file
stays sound (https://www.sqlite.org/pragma.html#pragma_synchronous, NORMAL). Other databases are left alone.
"""

import importlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

STORAGES = (
    "dagster._core.storage.event_log.sqlite.sqlite_event_log",
    "dagster._core.storage.runs.sqlite.sqlite_run_storage",
    "dagster._core.storage.schedules.sqlite.sqlite_schedule_storage",
)


def _imported(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _one_per_file(create_engine: Callable[..., Any]) -> Callable[..., Any]:
    engines: dict[str, Any] = {}

    def engine(*arguments: Any, **options: Any) -> Any:
        key = repr((arguments, sorted(options.items())))
        if key not in engines:
            engines[key] = create_engine(*arguments, **options)
        return engines[key]

    return engine


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
    makers = [(module, module.create_engine) for module in map(_imported, STORAGES) if hasattr(module, "create_engine")]
    for module, create_engine in makers:
        module.create_engine = _one_per_file(create_engine)
    try:
        yield
    finally:
        for module, create_engine in makers:
            module.create_engine = create_engine
        event.remove(Engine, "connect", hold)
        for idle in held.values():
            idle.close()
