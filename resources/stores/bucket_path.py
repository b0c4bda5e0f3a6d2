"""A place in a bucket as a `UPath`, opened with the clients of the stores: their credentials, patience and retries."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import fsspec
from obstore.exceptions import BaseError
from obstore.fsspec import FsspecStore
from upath import UPath

from resources.stores.bucket_store import BucketStore, Need
from resources.stores.location import BucketLocation, bucket_location
from resources.stores.providers import provider_of


class _Bucket(FsspecStore):
    """obstore's file system for fsspec, with a client of ours in place of one that it would make itself."""

    cachable = False  # the environment that opens the bucket may change

    def _construct_store(self, bucket: str) -> Any:
        return provider_of(BucketLocation(str(self.protocol), bucket, ""), None).client


def bucket_path(location: BucketLocation) -> UPath:
    """The path; the bucket is opened at the first request, with the credentials of the environment.

    Move bytes by `path.fs` (`put_file`, `cat_file`): files opened for reading ask for ranges, which not every server
    knows, and files opened for writing are not written whole or not at all.
    """
    _register(location.scheme)
    return UPath(str(location))


@contextmanager
def told(folder: UPath, key: str = "", need: Need = "read") -> Iterator[None]:
    """Raises OSError for what concerns the object `key` of the folder alone, InputError for the folder or its bucket.

    need: what the block does with the object.
    """
    try:
        yield
    except (BaseError, FileNotFoundError) as error:
        location = bucket_location("", str(folder))
        assert location is not None
        with BucketStore(location).told(key, need):
            raise error


@cache
def _register(scheme: str) -> None:
    fsspec.register_implementation(scheme, type(f"Bucket_{scheme}", (_Bucket,), {"protocol": scheme}), clobber=True)
