"""Verdicts and thumbnails of earlier runs, by content: what a verdict is as bytes, and when it may be used again.

Where the bytes are kept is the business of the cache that is handed in.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Literal, Protocol

from selection_assets.stages.checking.check_pool import CheckedFile
from selection_assets.stages.checking.image_check import ImageCheck

SCOPE = "verdicts"  # keys carry the reader's version themselves
Kind = Literal["checks", "thumbnails", "embeddings", "contents"]


class Cache(Protocol):
    """Bytes by kind, scope and key; see `resources.sample_cache`."""

    def get_many(self, kind: Kind, scope: str, keys: Sequence[str]) -> dict[str, bytes]: ...
    def known(self, kind: Kind, scope: str, keys: Sequence[str]) -> set[str]: ...
    def put_many(self, kind: Kind, scope: str, values: Iterable[tuple[str, bytes]]) -> None: ...


def known_verdicts(cache: Cache, keys: Sequence[str]) -> Mapping[str, ImageCheck]:
    """Verdicts of earlier runs whose thumbnails are there too."""
    verdicts = {key: ImageCheck(**json.loads(value)) for key, value in cache.get_many("checks", SCOPE, keys).items()}
    healthy = [key for key, check in verdicts.items() if check.healthy]
    missing = set(healthy) - cache.known("thumbnails", SCOPE, healthy)
    return {key: check for key, check in verdicts.items() if key not in missing}


def remember_verdicts(cache: Cache, results: Iterable[CheckedFile]) -> None:
    """Thumbnails first: a verdict without its thumbnail would be of no use."""
    keyed = [(result.key, result.check) for result in results if result.key is not None]
    cache.put_many("thumbnails", SCOPE, [(key, check.thumbnail) for key, check in keyed if check.thumbnail])
    cache.put_many(
        "checks", SCOPE, [(key, json.dumps(asdict(replace(check, thumbnail=None))).encode()) for key, check in keyed]
    )


def thumbnails_of(cache: Cache, keys: Sequence[str]) -> dict[str, bytes]:
    """The thumbnails that are there, by key."""
    return cache.get_many("thumbnails", SCOPE, keys)
