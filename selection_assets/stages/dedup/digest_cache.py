"""Digests of full pixels that earlier runs made, by content hash."""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

SCOPE = "pixels-1"  # raise it whenever a digest changes


class DigestCache(Protocol):
    """Bytes by scope and key; see `resources.sample_cache`."""

    def get_many(self, kind: Literal["checks"], scope: str, keys: Sequence[str]) -> dict[str, bytes]: ...
    def put_many(self, kind: Literal["checks"], scope: str, values: Sequence[tuple[str, bytes]]) -> None: ...


def known_digests(cache: DigestCache, content_hashes: Sequence[str]) -> Mapping[str, str]:
    """Content hash -> digest, for those that there are."""
    return {key: value.decode() for key, value in cache.get_many("checks", SCOPE, content_hashes).items()}


def remember_digests(cache: DigestCache, digests: Mapping[str, str]) -> None:
    cache.put_many("checks", SCOPE, [(key, digest.encode()) for key, digest in digests.items()])
