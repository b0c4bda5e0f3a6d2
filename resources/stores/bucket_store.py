"""A folder in a bucket as a `Store`. Bytes are streamed; only local copies that are asked for come to the disk."""

import errno
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from configs.credentials.kinds import Credentials
from configs.errors import InputError, PassingError
from resources.atomic_file import disk_error
from resources.stores.expirations import Dated, Expirations
from resources.stores.faults import code_and_status
from resources.stores.location import BucketLocation, bucket_location
from resources.stores.moments import nanoseconds
from resources.stores.provider import CannotListError, Listed
from resources.stores.providers import provider_of
from resources.stores.retries import BODIES, LISTINGS
from resources.stores.store import Conflict, StoredObject

if TYPE_CHECKING:
    from obstore import GetResult

T = TypeVar("T")
Need = Literal["read", "write", "remove"]
PAGE = 1_000  # keys: what a server gives at once
BLOCK = 1 << 20
LONGEST_KEY = 1_024  # bytes: what Amazon and Google take; for Azure it is as many characters
LAST = "\U0010ffff"  # after a folder's '/': greater than the keys of all that is in it
PROBE = ".winnow-probe"  # put to see whether anything can be
_CUT = "list response body"  # in the words of obstore, for all kinds of buckets
_NOT_READ = "its name is none that is read from a bucket (an empty part, '.', '..', or a control character)"


class BucketStore:
    """Everything below one folder of a bucket. May be pickled, and used from many threads at once."""

    readers = 32  # requests in flight: most of the time of each is waiting

    def __init__(self, location: BucketLocation, credentials: Credentials | None = None) -> None:
        """credentials: of the dataset; without, those of the environment. Raises InputError where there are none."""
        self.location = location
        self.name = str(location)
        self._credentials = credentials
        self._provider = provider_of(location, credentials)
        self._client = self._provider.client

    def __reduce__(self) -> Any:
        return BucketStore, (self.location, self._credentials)

    def list(self, prefix: str = "", *, skip: Callable[[str], bool] | None = None) -> Iterator[StoredObject]:
        skipped: set[str] = set()
        entered: set[str] = {""}
        for key, size, modified_ns, etag in _without_markers(self._listed(prefix)):
            folder = self._skipped_folder(key, skip, skipped, entered) if skip else ""
            if not folder:
                yield StoredObject(key, size, modified_ns, etag)
            elif folder not in skipped:
                skipped.add(folder)
                yield StoredObject(folder, 0, 0, "")

    def ordered(
        self, folder: str = "", after: str = "", *, skip: Callable[[str], bool] | None = None
    ) -> Iterator[StoredObject]:
        skipped: set[str] = set()
        entered: set[str] = {""}
        while True:
            passed = 0
            for each in _without_markers(self._in_order(folder, after)):
                folder_of = self._skipped_folder(each.key, skip, skipped, entered) if skip else ""
                if folder_of:
                    skipped.add(folder_of)
                    passed += 1
                    if passed > PAGE:
                        after = folder_of + LAST
                        break
                else:
                    passed = 0
                    yield StoredObject(*each)
            else:
                return

    def _in_order(self, folder: str, after: str) -> Iterator[Listed]:
        """Every object below a folder whose key is greater than `after`."""
        from obstore.exceptions import InvalidPathError

        last = after
        try:
            with self._told():
                for each in self._from(folder, after):
                    if each.key > last:  # servers that do not know where to begin tell everything
                        last = each.key
                        yield each
        except InvalidPathError:
            with self._told():
                for each in self._provider.listed(folder, last):
                    yield each._replace(etag=_plain_etag(each.etag))

    def _from(self, folder: str, after: str) -> Iterator[Listed]:
        """Likewise; where a page was cut it goes on behind what was told."""
        import obstore
        from obstore.exceptions import GenericError, InvalidPathError

        prefix = folder.rstrip("/") or None
        for left in reversed(range(LISTINGS)):
            before = ""
            try:
                pages = obstore.list(self._client, prefix=prefix, offset=after or None, chunk_size=PAGE)
            except ValueError as error:
                raise InvalidPathError(str(error)) from None
            try:
                for page in pages:
                    for each in page:
                        key, size, etag = each["path"], each["size"], _plain_etag(each["e_tag"])
                        if key < before and size:  # without, a marker of a folder: with its '/' it lost its place
                            raise InputError(f"{self.name}: the server lists its objects in no order; use another one")
                        before = max(before, key)
                        yield Listed(key, size, nanoseconds(each["last_modified"]), etag)
                        after = max(after, key)
                return
            except GenericError as error:
                if not left or _CUT not in str(error):
                    raise

    def _skipped_folder(self, key: str, skip: Callable[[str], bool], skipped: set[str], entered: set[str]) -> str:
        """The outermost folder of `key` that is not to be entered; empty where there is none."""
        end = key.find("/") + 1
        while end:
            folder = key[:end]
            if folder in skipped:
                return folder
            if folder not in entered:
                if skip(folder):
                    return folder
                entered.add(folder)
            end = key.find("/", end) + 1
        return ""

    def _listed(self, prefix: str) -> Iterator[Listed]:
        """Every object whose key starts with `prefix`."""
        from obstore.exceptions import InvalidPathError

        folder = prefix[: prefix.rfind("/") + 1].rstrip("/")
        seen: set[str] = set()
        try:
            with self._told():
                for page in self._pages(folder):
                    for each in page:
                        if each["path"].startswith(prefix) and each["path"] not in seen:
                            seen.add(each["path"])
                            etag = _plain_etag(each["e_tag"])
                            yield Listed(each["path"], each["size"], nanoseconds(each["last_modified"]), etag)
        except InvalidPathError:
            # One key that obstore takes for no path hides all others: the provider lists them.
            with self._told():
                for found in self._provider.listed(prefix):
                    if found.key not in seen:
                        yield found._replace(etag=_plain_etag(found.etag))

    def _pages(self, folder: str) -> "Iterator[Any]":
        """What lies below, a page at a time. After one that was cut all begins anew: what is told twice is the same."""
        import obstore
        from obstore.exceptions import GenericError

        for left in reversed(range(LISTINGS)):
            try:
                yield from obstore.list(self._client, prefix=folder or None, chunk_size=PAGE)
                return
            except GenericError as error:
                if not left or _CUT not in str(error):
                    raise

    def get(self, key: str, max_bytes: int, *, listed: bool = False) -> bytes:
        return self.get_with_etag(key, max_bytes, listed=listed)[0]

    def get_with_etag(self, key: str, max_bytes: int, *, listed: bool = False) -> tuple[bytes, str]:
        """As `get`, with the etag of the bytes. Objects of one key, etag and size have the same bytes: unlike those of
        a local folder, whose etag is made of a time that programs set as they like."""

        def whole(found: "GetResult") -> tuple[bytes, str]:
            size = int(found.meta["size"])
            if size > max_bytes:
                raise OSError(f"its {size:,} bytes exceed the limit of {max_bytes:,} bytes")
            return bytes(found.bytes()), _plain_etag(found.meta["e_tag"])

        with self._told(key):
            return self._read(key, whole)

    def head(self, key: str, length: int) -> bytes:
        def begin(found: "GetResult") -> bytes:
            start = bytearray()
            for block in found.stream(min_chunk_size=1):
                start += block
                if len(start) >= length:
                    break
            return bytes(start[:length])

        with self._told(key):
            # Not by a range: of an empty object there is none, and not every server knows them.
            return self._read(key, begin)

    @contextmanager
    def local_copy(self, key: str) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
            path = Path(folder, Path(key).name)

            def save(found: "GetResult") -> None:
                try:
                    with path.open("wb") as file:
                        for block in found.stream(min_chunk_size=BLOCK):
                            file.write(block)
                except OSError as error:
                    raise disk_error(error, Path(folder)) from error

            with self._told(key):
                self._read(key, save)
            yield path

    def _read(self, key: str, body: "Callable[[GetResult], T]") -> T:
        """What `body` makes of an object.

        obstore goes on where an answer was cut, but not for long, and not once the object has changed or is gone. Then
        all of it is read anew: other content is whole, and an object that is gone is missing as any other.
        """
        import obstore
        from obstore.exceptions import BaseError

        for left in reversed(range(BODIES)):
            found = obstore.get(self._client, _checked(key, self.name))
            try:
                return body(found)
            except BaseError:
                if not left:
                    raise
        raise AssertionError("the last try returns or raises")

    def put(self, key: str, data: bytes | Path, *, if_absent: bool = False, if_etag: str | None = None) -> str:
        import obstore
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        path = _checked(key, self.name)
        if len(f"{self.location.root}{key}".encode()) > LONGEST_KEY:  # servers answer as if the place were to blame
            raise OSError(f"its name has more than {LONGEST_KEY:,} bytes")
        mode: Any = "create" if if_absent else "overwrite"
        try:
            with self._told(key, self._provider.right_to_write):
                if if_etag is not None and (mode := self._provider.version(path, if_etag)) is None:
                    raise Conflict(f"{self.name}/{key} has changed")
                done = obstore.put(self._client, path, data, mode=mode)
                return _plain_etag(done["e_tag"])
        except AlreadyExistsError:
            raise Conflict(f"{self.name}/{key} is there already") from None
        except (PreconditionError, FileNotFoundError):
            if if_etag is None:
                raise
            raise Conflict(f"{self.name}/{key} has changed") from None

    def sign(self, key: str, seconds: int) -> str:
        with self._told(key):
            return self._provider.sign(_checked(key, self.name), seconds)

    def find(self, key: str) -> StoredObject | None:
        import obstore

        try:
            with self._told(key):
                found = obstore.head(self._client, _checked(key, self.name))
        except FileNotFoundError:
            return None
        except PermissionError:  # who asks what there is cannot go on without
            raise InputError(f"{self.name}: access denied; allow {self._provider.right_to_read} there") from None
        etag = _plain_etag(found["e_tag"])
        return StoredObject(key, found["size"], nanoseconds(found["last_modified"]), etag)

    def remove(self, key: str) -> None:
        import obstore

        with suppress(FileNotFoundError), self._told(key, self._provider.right_to_remove):
            obstore.delete(self._client, _checked(key, self.name))

    def expirations(self, objects: Iterable[Dated], before_ns: int | None) -> Expirations:
        try:
            with self._told():
                try:
                    return self._provider.expirations(objects, before_ns)
                except (KeyError, ValueError) as error:
                    raise CannotListError(f"the rules of the bucket are not understood: {error}") from error
        except InputError:
            if before_ns is None:  # nobody asked: what is wrong with the place shows when it is read
                return Expirations({})
            raise

    def place(self, key: str = "") -> str:
        return f"{self.name}/{key}" if key else self.name

    def key_of_folder(self, place: str) -> str:
        inside = bucket_location("", place)
        if inside is None or inside.place != self.location.place:
            return ""
        root = self.location.root
        return f"{inside.folder.removeprefix(root)}/" if inside.folder.startswith(root) and inside.folder else ""

    def below(self, folder: str) -> "BucketStore":
        return BucketStore(self.location.below(folder), self._credentials)

    def require_writable(self) -> None:
        """By an object that is put, found and removed again: whoever writes reads what is there."""
        self.require_place()
        self.put(PROBE, b"")
        self.find(PROBE)
        with suppress(OSError):  # who may not remove it may still write
            self.remove(PROBE)

    def told(self, key: str, need: Need) -> AbstractContextManager[None]:
        """For requests that others make with a client of this place: raises what this store would raise.

        key: of the object; empty for the place itself. need: what is done with the object.
        """
        provider = self._provider
        rights = {"read": "", "write": provider.right_to_write, "remove": provider.right_to_remove}
        return self._told(key, rights[need])

    @contextmanager
    def _told(self, key: str = "", right: str = "") -> Iterator[None]:
        """Raises OSError for what concerns the object `key` alone, InputError for what concerns the whole place.

        right: what the object asks for; without, that to read.
        """
        from obstore.exceptions import (
            AlreadyExistsError,
            BaseError,
            InvalidPathError,
            PermissionDeniedError,
            PreconditionError,
            UnauthenticatedError,
        )

        try:
            yield
        except (AlreadyExistsError, PreconditionError):
            raise
        except InvalidPathError:
            if key:
                raise OSError(_NOT_READ) from None
            raise
        except FileNotFoundError:
            self.require_place()
            raise FileNotFoundError(errno.ENOENT, f"no such object in {self.name}") from None
        except (PermissionDeniedError, UnauthenticatedError) as error:
            raise self._denied(error, key, right) from None
        except ValueError as error:  # obstore takes the key for no path
            raise OSError(_NOT_READ) from error
        except (BaseError, CannotListError) as error:
            code, status = code_and_status(error)
            if status == "403" or code == "AccessDenied":  # of a removal, which is a request for many at once
                raise self._denied(error, key, right) from None
            if key and (code, status) == ("", "400"):  # to HEAD, which has no body that says why
                self.require_place()
            raise self._gone(error) from error

    def _denied(self, error: Exception, key: str, right: str) -> Exception:
        if not key:
            return self._gone(error)
        self.require_place()
        if right == self._provider.right_to_write:
            return InputError(f"{self.name}: access denied; allow {right} there")
        return PermissionError(errno.EACCES, f"access denied ({right or self._provider.right_to_read})")

    def require_place(self) -> None:
        """Raises InputError where the bucket cannot be listed (any more): then no object is to blame."""
        import obstore
        from obstore.exceptions import BaseError, InvalidPathError

        try:
            next(iter(obstore.list(self._client, chunk_size=1)), None)
        except InvalidPathError:
            return
        except (BaseError, FileNotFoundError) as error:
            raise self._gone(error) from error

    def _gone(self, error: Exception) -> InputError:
        fault = self._provider.fault(error)
        kind = PassingError if fault.passes else InputError
        return kind(f"{self.name}: {fault.reason}; {fault.mend}")


def _without_markers(listed: Iterator[Listed]) -> Iterator[Listed]:
    """Drops what consoles make in place of folders: empty objects `a/`, listed before what is in them, here as `a`."""
    held: Listed | None = None
    for each in listed:
        if held is not None and not each[0].startswith(f"{held[0]}/"):
            yield held
        held = None
        if each[1]:
            yield each
        elif each[0] and not each[0].endswith("/"):
            held = each
    if held is not None:
        yield held


def _plain_etag(given: str | None) -> str:
    """Some servers have quotes around it in listings, all have them in headers."""
    return (given or "").strip('"')


def _checked(key: str, name: str) -> str:
    if key.startswith("/") or ".." in key.split("/"):
        raise OSError(f"its name leads out of {name}")
    return key
