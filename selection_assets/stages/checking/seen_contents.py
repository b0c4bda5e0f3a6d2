"""What the bytes of an object are, told by its etag: one that was read before is not read again.

Only for stores whose etags follow from the content or change with every write. What is remembered is the hash of bytes
that came with the very etag of the listing: an object may be overwritten between listing and reading.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import polars as pl

from configs.stages.check import CheckConfig
from selection_assets.stages.checking.check_samples import CheckedSamples, check_samples
from selection_assets.stages.checking.verdict_cache import Cache
from selection_assets.stages.pictures.content_key import content_hash_of


class Place(NamedTuple):
    """name: keys are unique in it. read: key -> bytes, and the etag that they came with, see `check_images`.
    num_readers: threads."""

    name: str
    read: Callable[[str], tuple[bytes, str]]
    num_readers: int


def check_unseen(
    samples: pl.DataFrame, place: Place, config: CheckConfig, cache: Cache, pack: Callable[[bytes], int]
) -> CheckedSamples:
    """As `check_samples`, without reading what was read before and has not changed."""
    etags: dict[str, str] = {}

    def read(source: str) -> bytes:
        data, etags[source] = place.read(source)
        return data

    seen = seen_hashes(cache, place.name, samples, config.max_file_bytes)
    found = check_samples(samples, read, config, cache, pack, place.num_readers, seen)
    remember_hashes(cache, place.name, found.samples, etags)
    return found


def seen_hashes(cache: Cache, place: str, samples: pl.DataFrame, max_bytes: int) -> dict[str, str]:
    """Filename -> SHA-256 (hexadecimal) of those samples whose object was read before.

    place: of the store, in which keys are unique. samples: filename, source, etag, size; larger ones are left out.
    """
    rows = samples.filter(pl.col("size") <= max_bytes).select("filename", "source", "etag", "size")
    keys = {filename: _key(*row) for filename, *row in rows.iter_rows()}
    found = cache.get_many("contents", place, list(keys.values()))
    return {filename: found[key].decode() for filename, key in keys.items() if key in found}


def remember_hashes(cache: Cache, place: str, checked: pl.DataFrame, etags: Mapping[str, str]) -> None:
    """checked: samples with their `content_key`. etags: source -> the etag that its bytes came with."""
    rows = checked.filter(pl.col("content_key").is_not_null()).select("source", "etag", "size", "content_key")
    cache.put_many(
        "contents",
        place,
        [
            (_key(source, etag, size), content_hash_of(key).encode())
            for source, etag, size, key in rows.iter_rows()
            if etags.get(source) == etag
        ],
    )


def _key(source: str, etag: str, size: int) -> str:
    return f"{size}\0{etag}\0{source}"
