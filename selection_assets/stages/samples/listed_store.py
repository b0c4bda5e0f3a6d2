"""What a listing needs of the place where samples lie. Any store of `resources.stores` is one."""

from collections.abc import Callable, Iterator
from typing import Protocol


class ListedObject(Protocol):
    """An entry: see `StoredObject` in `resources.stores.store`. Keys of folders end with '/'."""

    @property
    def key(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def etag(self) -> str: ...
    @property
    def link_to(self) -> str: ...


class ListedStore(Protocol):
    """OSError: one object cannot be had. InputError: the whole store cannot."""

    @property
    def name(self) -> str: ...
    def list(self, prefix: str = "", *, skip: Callable[[str], bool] | None = None) -> Iterator[ListedObject]: ...
    def get(self, key: str, max_bytes: int) -> bytes: ...
    def head(self, key: str, length: int) -> bytes: ...
