"""Objects of stores as local files: each fetched whole and once, until the run or the process ends.

Of a local folder they are the files themselves.
"""

import atexit
from contextlib import ExitStack
from pathlib import Path

from resources.stores.store import Store


class LocalCopies:
    """The copies of one process."""

    def __init__(self) -> None:
        self._held = ExitStack()
        self._paths: dict[tuple[str, str], Path] = {}  # by place and etag: an object that was changed is fetched anew
        self._places: dict[Path, str] = {}

    def path(self, store: Store, key: str) -> Path | None:
        """The object as a file; None where there is none. Raises what the store raises."""
        found = store.find(key)
        if found is None:
            return None
        known = store.place(key), found.etag
        if known not in self._paths:
            path = self._held.enter_context(store.local_copy(key))
            self._paths[known], self._places[path] = path, store.place(key)
        return self._paths[known]

    def place_of(self, path: Path) -> str:
        """Where people find what this file is a copy of."""
        return self._places.get(path, str(path))

    def told(self, text: str) -> str:
        """A message, with places in place of copies."""
        for path, place in self._places.items():
            text = text.replace(str(path), place)
        return text

    def close(self) -> None:
        """Remove the copies."""
        self._paths.clear()
        self._places.clear()
        self._held.close()


COPIES = LocalCopies()
atexit.register(COPIES.close)
