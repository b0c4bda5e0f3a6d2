"""The catalog's database: where it is, opening it, bringing its tables up to date, and errors in one line."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from configs.errors import InputError, PassingError
from resources.catalog import platform_schema  # noqa: F401 - its tables belong to METADATA
from resources.catalog.schema import HEAD, METADATA, VERSION_TABLE
from resources.home import home

URL = "WINNOW_DATABASE_URL"
FILE = "catalog.db"
BUSY_SECONDS = 30
CONNECTIONS = 12  # that a process keeps; ten more come and go
_READS = "winnow_reads"  # of a connection that writes nothing
_LOCK = 0x77696E6E  # of PostgreSQL's advisory locks: one process at a time brings the tables up to date


@contextmanager
def catalog_transaction() -> Iterator[Connection]:
    """One transaction on the catalog, whose tables are made or brought up to date where that is due.

    On SQLite transactions take turns. Raises InputError for a database that cannot be used, and says which.
    """
    engine = _engine(_url())
    try:
        _prepare(engine)
        with engine.begin() as connection:
            yield connection
    except DBAPIError as error:
        raise _fault(error, engine) from error


@contextmanager
def catalog_reading() -> Iterator[Connection]:
    """As `catalog_transaction`, for what only reads: on SQLite it waits for nobody."""
    engine = _engine(_url())
    try:
        _prepare(engine)
        with engine.connect() as connection:
            yield connection.execution_options(**{_READS: True})
    except DBAPIError as error:
        raise _fault(error, engine) from error


def _url() -> str:
    return os.environ.get(URL) or f"sqlite:///{home() / FILE}"


@cache
def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "postgresql":
            # The one driver that Dagster's own tables can have, too.
            # Connections are made when they are needed; what many threads of a server have made is kept.
            address = parsed.set(drivername="postgresql+psycopg2")
            engine = create_engine(address, pool_pre_ping=True, pool_size=CONNECTIONS, hide_parameters=True)
        elif parsed.get_backend_name() == "sqlite":
            engine = create_engine(parsed, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True)
            event.listen(engine, "connect", _set_up_sqlite)
            # Of two transactions that begin by reading, one could not write: SQLite refuses it at once.
            event.listen(engine, "begin", _begin_sqlite)
        else:
            raise InputError(
                f"{URL}: {parsed.get_backend_name()} is not supported; use postgresql://user@host/database"
            )
    except (ArgumentError, NoSuchModuleError):
        raise InputError(f"{URL} is no address of a database; write postgresql://user:password@host/database") from None
    return engine


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get(_READS) else "BEGIN IMMEDIATE")


def _set_up_sqlite(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # transactions begin where SQLAlchemy says so, not where the driver guesses
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")


@cache
def _prepare(engine: Engine) -> None:
    """Once per process: make the tables where there are none, and run the migrations that are missing."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        version = _version(connection)
        if version == HEAD:
            return
        if version is None:
            METADATA.create_all(connection)  # the same as all migrations, as a test holds, without loading Alembic
            connection.execute(text(f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
            connection.execute(text(f"INSERT INTO {VERSION_TABLE} VALUES (:head)"), {"head": HEAD})
            return
        if version > HEAD:
            raise InputError(
                f"{_shown(engine)}: the catalog was made by a newer version of Winnow (its tables have version "
                f"{version}, this one knows {HEAD}); use that version"
            )
        migrate(connection)


def _version(connection: Connection) -> str | None:
    """Of the tables; None where there are none."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return str(connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar_one())


def migrate(connection: Connection) -> None:
    """Run the migrations that are missing, within the connection's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "resources.catalog:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)


def insert_into(table: Table, connection: Connection) -> Any:
    """An INSERT that can say what happens where the row is there already: both databases can, each in its own form."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql as dialect
    else:
        from sqlalchemy.dialects import sqlite as dialect  # type: ignore[no-redef]
    return dialect.insert(table)


# What SQLite's primary result codes say, with the mend. Source: sqlite.org/rescode.html.
_FULL = "cannot be written ({reason}); free some space there, or set DAGSTER_HOME"
_CLOSED = "{reason}; make its folder and its files writable"
_BUSY = "in use by another process for too long ({reason}); run again"
_DAMAGED = "damaged ({reason}); move it away, and a new one is made: the settings of datasets, no results, are lost"
_SQLITE = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR: _FULL,
    sqlite3.SQLITE_READONLY: _CLOSED,
    sqlite3.SQLITE_CANTOPEN: _CLOSED,
    sqlite3.SQLITE_PERM: _CLOSED,
    sqlite3.SQLITE_AUTH: _CLOSED,
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
}


def _fault(error: DBAPIError, engine: Engine) -> Exception:
    """What a user can mend, in one line; other errors as they are."""
    reason = " ".join(str(error.orig).split())[:300]
    if isinstance(error.orig, sqlite3.Error):
        told = _SQLITE.get(getattr(error.orig, "sqlite_errorcode", 0) & 0xFF)
        kind = PassingError if told == _BUSY else InputError
        return kind(f"{_shown(engine)}: {told.format(reason=reason)}") if told else error
    if isinstance(error, OperationalError) or error.connection_invalidated:
        return PassingError(f"{_shown(engine)}: {reason}; check {URL} and the server")
    return error


def _shown(engine: Engine) -> str:
    """The file, or the address without its password."""
    return engine.url.database or "" if engine.dialect.name == "sqlite" else engine.url.render_as_string()
