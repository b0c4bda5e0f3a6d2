"""What every place for bytes can do: a folder, a bucket.

Keys are '/'-separated and relative, whatever lies behind. Only the protocol belongs here.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple, Protocol

from resources.stores.expirations import Dated, Expirations


class StoredObject(NamedTuple):
    """One entry of a listing.

    key: of the object; that of a folder ends with '/'. Folders are listed only where they were not entered.
    size: bytes.
    modified_ns: nanoseconds since 1970.
    etag: changes when the content does.
    link_to: empty for the object itself. For another name of it: the key of what it leads to, or a name that starts
        with '/' where that lies outside of the store. Two entries that lead to the same object have the same.
    """

    key: str
    size: int
    modified_ns: int
    etag: str
    link_to: str = ""


class Conflict(Exception):  # noqa: N818 - what happened, not what is wrong
    """The condition of a `put` does not hold: somebody else wrote in the meantime."""


class Store(Protocol):
    """Errors are of two kinds. `OSError`: this one object cannot be had (missing, forbidden, not a regular file, too
    large, a name that leads out of the store). `configs.errors.InputError`: the store itself is gone, full or may not
    be written to, in one line that names it."""

    @property
    def name(self) -> str:
        """How messages call it, for example the folder."""

    @property
    def readers(self) -> int:
        """How many threads should read at a time."""

    def list(self, prefix: str = "", *, skip: Callable[[str], bool] | None = None) -> Iterator[StoredObject]:
        """All objects whose key starts with `prefix`, in no special order; each under one name, plus links.

        skip: called with the key of a folder (`a/b/`), true where it is not to be entered. Such a folder is listed
            once, itself, as a key that ends with '/'.

        Raises OSError where a part of it may not be listed, InputError where the store is gone.
        """

    def ordered(
        self, folder: str = "", after: str = "", *, skip: Callable[[str], bool] | None = None
    ) -> Iterator[StoredObject]:
        """Objects below `folder` (a key that ends with '/', or empty) whose key is greater than `after`, in the order
        of their keys (code points): whoever stops may go on later. Memory is bounded.

        A local file that has several names is listed under each. skip: as for `list`, but such folders are not listed.
        Raises as `list`, and InputError where the place has no such order.
        """

    def get(self, key: str, max_bytes: int, *, listed: bool = False) -> bytes:
        """The whole content; OSError where it is more than `max_bytes`.

        listed: the object is one of a listing. Where more than this object is missing by now, a part of the store has
            gone away: InputError.
        """

    def head(self, key: str, length: int) -> bytes:
        """The first `length` bytes, or all where there are fewer."""

    def local_copy(self, key: str) -> AbstractContextManager[Path]:
        """The object as a local file, to be read and not to be changed, until the block ends."""

    def put(self, key: str, data: bytes | Path, *, if_absent: bool = False, if_etag: str | None = None) -> str:
        """Write the object whole or not at all; returns its new etag.

        data: the content, or the file that holds it.
        if_absent: only where there is no such object yet. if_etag: only where the object still has this etag.

        Raises Conflict where the condition does not hold, and then nothing has changed.
        """

    def find(self, key: str) -> StoredObject | None:
        """The object as a listing has it; None where there is none."""

    def remove(self, key: str) -> None:
        """Remove the object; nothing happens where there is none."""

    def sign(self, key: str, seconds: int) -> str:
        """A URL under which a browser finds the object for that long."""

    def expirations(self, objects: Iterable[Dated], before_ns: int | None) -> Expirations:
        """Which of these objects of a listing are deleted before a moment, in nanoseconds since 1970, though nobody
        asks for that: by the rules of a bucket, or by a time set on an object.

        None: at whatever time, by the rules alone, where that is known.
        """

    def place(self, key: str = "") -> str:
        """Where people find the object, or the store itself: a path, or the name of a place in a bucket."""

    def key_of_folder(self, place: str) -> str:
        """The key (with a '/' at its end) of a folder that lies inside this one; else empty.

        place: as `place` tells it, of this store or of another.
        """

    def below(self, folder: str) -> "Store":
        """The store of a folder in it, which need not exist."""

    def require_writable(self) -> None:
        """Raises InputError where nothing can be put."""
