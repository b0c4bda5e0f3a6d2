"""What has been computed from a file's content before, by content key: verdicts, thumbnails, embeddings.

A key is made from the content's hash; a scope names what computed the value (reader version, model id). Values are
bytes; what they mean is the caller's. Deleting the file is safe: everything in it can be computed again.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal

from dagster import ResourceDefinition

from configs.errors import InputError
from resources.home import home

Kind = Literal["checks", "thumbnails", "embeddings", "contents"]
KINDS: tuple[Kind, ...] = ("checks", "thumbnails", "embeddings", "contents")
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
        found: dict[str, bytes] = {}
        with self._reading() as database:
            for start in range(0, len(keys), BATCH):
                part = keys[start : start + BATCH]
                marks = ",".join("?" * len(part))
                query = f"SELECT key, value FROM {kind} WHERE scope = ? AND key IN ({marks})"
                found.update(database.execute(query, (scope, *part)))
        return found

    def known(self, kind: Kind, scope: str, keys: Sequence[str]) -> set[str]:
        """Those of `keys` that have a value."""
        found: set[str] = set()
        with self._reading() as database:
            for start in range(0, len(keys), BATCH):
                part = keys[start : start + BATCH]
                marks = ",".join("?" * len(part))
                query = f"SELECT key FROM {kind} WHERE scope = ? AND key IN ({marks})"
                found.update(key for (key,) in database.execute(query, (scope, *part)))
        return found

    def put_many(self, kind: Kind, scope: str, values: Iterable[tuple[str, bytes]]) -> None:
        """Store values in one transaction."""
        with self._connection() as database:
            database.executemany(
                f"INSERT OR REPLACE INTO {kind} VALUES (?, ?, ?)", ((scope, key, value) for key, value in values)
            )

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that this thread keeps: opening one takes longer than reading a picture."""
        try:
            self._make()
            if not hasattr(self._own, "connection"):
                self._own.connection = sqlite3.connect(self._path, timeout=60.0)
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
                database.execute("PRAGMA journal_mode=WAL")
                for kind in KINDS:
                    database.execute(
                        f"CREATE TABLE IF NOT EXISTS {kind} (scope TEXT, key TEXT, value BLOB, "
                        "PRIMARY KEY (scope, key))"
                    )
            self._made = True

    def _trouble(self, error: Exception) -> InputError:
        mend = "" if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED else "free disk space, or "
        return InputError(f"{self._path}: {error}; {mend}delete this file (it only saves computing things again)")


sample_cache = ResourceDefinition(
    lambda _: SampleCache(home() / "cache.sqlite"), description="What was computed from the same content before."
)
