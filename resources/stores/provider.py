"""What differs between the kinds of buckets. Only the protocol belongs here; `providers` says which one a place has."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple, Protocol

from resources.stores.faults import Fault

if TYPE_CHECKING:
    from obstore import UpdateVersion
    from obstore.store import ObjectStore

    from resources.stores.expirations import Dated, Expirations


class Listed(NamedTuple):
    """key: relative to the folder. modified_ns: since 1970."""

    key: str
    size: int
    modified_ns: int
    etag: str


class CannotListError(Exception):
    """A request that went past obstore has failed. As text: what the server answered, without addresses."""


class Provider(Protocol):
    @property
    def client(self) -> "ObjectStore":
        """Of the folder, with keys relative to it."""

    @property
    def right_to_read(self) -> str:
        """What an object asks for, in the provider's words."""

    @property
    def right_to_write(self) -> str: ...

    @property
    def right_to_remove(self) -> str: ...

    def listed(self, prefix: str, after: str = "") -> Iterator[Listed]:
        """Every object whose key starts with `prefix`, also those whose key obstore takes for no path; of these, those
        whose key is greater than `after`.

        Raises CannotListError.
        """

    def expirations(self, objects: "Iterable[Dated]", before_ns: int | None) -> "Expirations":
        """Which of these objects are deleted before a moment, in nanoseconds since 1970; objects that are gone by now
        may be left out.

        None: at whatever time, but only by what rules of the bucket say of names, sizes and times. No request is sent
        beyond the one for these rules.

        Raises CannotListError; where the server refuses to tell its rules, nothing is known.
        """

    def version(self, key: str, etag: str) -> "UpdateVersion | None":
        """What a write names that is to replace the content with this etag; None where other content is there.

        May raise what obstore raises, for example where there is no such object.
        """

    def sign(self, key: str, seconds: int) -> str:
        """A URL under which a browser finds the object for that long, or as long as the credentials allow."""

    def fault(self, error: Exception) -> Fault:
        """What an error about the whole bucket says, and what to do."""
