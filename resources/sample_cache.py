"""What has been computed from a file's content before, by content key: verdicts, thumbnails, embeddings.

A key is made from the content's hash; a scope names what computed the value (reader version, model id). Values are
bytes; what they mean is the caller's. Deleting the file is safe: everything in it can be computed again.

Beside each kind stands on which day an entry was last stored or asked for: in a table of its own, because SQLite writes
a row as a whole. What nothing asks for can so be forgotten.
"""

import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

from dagster import ResourceDefinition

from configs.errors import InputError
from resources.home import home

Kind = Literal["checks", "thumbnails", "embeddings", "contents"]
KINDS: tuple[Kind, ...] = ("checks", "thumbnails", "embeddings", "contents")
CACHE_FILE = "cache.sqlite"  # in the state folder
DAY_SECONDS = 86_400
FREED_PAGES = 1_000  # given back to the disk at a time: others may write between
BATCH = 500  # below SQLite's limit on the number of parameters
_DAMAGED = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


class SampleCache:
    """An SQLite file that several processes may use at once. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._own = threading.local()
        self._making = threading.Lock()
        self._made = False

    def get_many(self, kind: Kind, scope: str, keys: Sequence[str]) -> dict[str, bytes]:
        """The values that are there, by key."""
        return {key: value for key, value, _ in self._found(kind, scope, keys, "value")}

    def known(self, kind: Kind, scope: str, keys: Sequence[str]) -> set[str]:
        """Those of `keys` that have a value."""
        return {key for key, _, _ in self._found(kind, scope, keys, "NULL")}

    def _found(self, kind: Kind, scope: str, keys: Sequence[str], column: str) -> list[tuple[str, Any, int | None]]:
        """Key, the column, and the day of the last use; this use is noted."""
        found: list[tuple[str, Any, int | None]] = []
        with self._reading() as database:
            for start in range(0, len(keys), BATCH):
                part = keys[start : start + BATCH]
                marks = ",".join("?" * len(part))
                query = (
                    f"SELECT key, {column}, day FROM {kind} LEFT JOIN {kind}_used USING (scope, key) "
                    f"WHERE scope = ? AND key IN ({marks})"
                )
                found += database.execute(query, (scope, *part))
            today = _day(time.time())
            if late := [key for key, _, day in found if day != today]:
                with suppress(sqlite3.OperationalError), database:  # a full disk is no reason not to read
                    _note_use(database, kind, scope, late)
        return found

    def put_many(self, kind: Kind, scope: str, values: Iterable[tuple[str, bytes]]) -> None:
        """Store values in one transaction."""
        stored = list(values)
        with self._connection() as database:
            database.executemany(
                f"INSERT OR REPLACE INTO {kind} VALUES (?, ?, ?)", ((scope, key, value) for key, value in stored)
            )
            _note_use(database, kind, scope, [key for key, _ in stored])

    def forget(self, before: float, *, dry_run: bool = False) -> tuple[int, int]:
        """Remove the entries last used before the day of this time (seconds since 1970); returns how many they are, and
        their bytes, which the file gives back to the disk, or uses again where it was made by an older version.

        An entry of an older version counts as used when this is first called. dry_run: only say it.
        """
        count = size = 0
        with self._connection() as database:
            for kind in KINDS:
                if not dry_run:
                    unnoted = f"INSERT OR IGNORE INTO {kind}_used SELECT scope, key, ? FROM {kind}"
                    database.execute(unnoted, (_day(time.time()),))
                    database.commit()
                query = f"SELECT scope, key FROM {kind}_used WHERE day < ?"
                old = database.execute(query, (_day(before),)).fetchall()
                count += len(old)
                for start in range(0, len(old), BATCH):
                    some = old[start : start + BATCH]
                    size += sum(_size(database, kind, entry) for entry in some)
                    if not dry_run:
                        _remove(database, kind, [(*entry, _day(before)) for entry in some])
                        database.commit()  # a run at work waits for moments only
            if count and not dry_run:
                _give_back(database)
        return count, size

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that this thread keeps: opening one takes longer than reading a picture."""
        try:
            self._make()
            if not hasattr(self._own, "connection"):
                self._own.connection = sqlite3.connect(self._path, timeout=60.0)
                self._own.connection.execute("PRAGMA synchronous=NORMAL")
            yield self._own.connection
        except (sqlite3.Error, OSError) as error:
            raise self._trouble(error) from error

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            self._make()
            with closing(sqlite3.connect(self._path, timeout=60.0)) as database, database:
                database.execute("PRAGMA synchronous=NORMAL")
                yield database
        except (sqlite3.Error, OSError) as error:
            raise self._trouble(error) from error

    def _make(self) -> None:
        """The file with its tables, at the first use: a damaged file is then an error of the step that needs it."""
        with self._making:
            if self._made:
                return
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=60.0)) as database, database:
                database.execute("PRAGMA auto_vacuum=INCREMENTAL")  # before there is a table
                database.execute("PRAGMA journal_mode=WAL")
                for kind in KINDS:
                    database.execute(
                        f"CREATE TABLE IF NOT EXISTS {kind} (scope TEXT, key TEXT, value BLOB, "
                        "PRIMARY KEY (scope, key))"
                    )
                    database.execute(
                        f"CREATE TABLE IF NOT EXISTS {kind}_used (scope TEXT, key TEXT, day INTEGER, "
                        "PRIMARY KEY (scope, key)) WITHOUT ROWID"
                    )
            self._made = True

    def _trouble(self, error: Exception) -> InputError:
        mend = "" if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED else "free disk space, or "
        return InputError(f"{self._path}: {error}; {mend}delete this file (it only saves computing things again)")


def _note_use(database: sqlite3.Connection, kind: Kind, scope: str, keys: Sequence[str]) -> None:
    today = _day(time.time())
    database.executemany(f"INSERT OR REPLACE INTO {kind}_used VALUES (?, ?, ?)", ((scope, key, today) for key in keys))


def _size(database: sqlite3.Connection, kind: Kind, entry: tuple[str, str]) -> int:
    """Bytes of an entry."""
    query = f"SELECT length(key) + length(value) FROM {kind} WHERE scope = ? AND key = ?"
    found = database.execute(query, entry).fetchone()
    return int(found[0]) if found else 0


def _remove(database: sqlite3.Connection, kind: Kind, entries: Sequence[tuple[str, str, int]]) -> None:
    """By scope and key, those that have not been used since their day after all."""
    unused = f"SELECT scope, key FROM {kind}_used WHERE scope = ? AND key = ? AND day < ?"
    database.executemany(f"DELETE FROM {kind} WHERE (scope, key) IN ({unused})", entries)
    database.executemany(f"DELETE FROM {kind}_used WHERE (scope, key) IN ({unused})", entries)


def _give_back(database: sqlite3.Connection) -> None:
    """Free pages, to the disk. A file of an older version keeps them."""
    (free,), before = database.execute("PRAGMA freelist_count").fetchone(), 0
    while free and free != before:
        database.execute(f"PRAGMA incremental_vacuum({FREED_PAGES})").fetchall()
        before, (free,) = free, database.execute("PRAGMA freelist_count").fetchone()


def _day(seconds: float) -> int:
    """Days since 1970."""
    return int(seconds // DAY_SECONDS)


sample_cache = ResourceDefinition(
    lambda _: SampleCache(home() / CACHE_FILE), description="What was computed from the same content before."
)
