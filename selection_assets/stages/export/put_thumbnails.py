"""Thumbnails into the LIGHTLY place, where whoever shows the dataset finds them.

They are packed already, by the check: what is left is to make them as small as they are shown, and to put those that
are not in their place. What was put is remembered with the etag that it got, so that a listing tells what is gone or
has been changed since. Where all is new, nothing is listed.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Literal, NamedTuple, Protocol

import numpy as np
import polars as pl

from configs.errors import InputError
from selection_assets.stages.export.thumbnail_keys import thumbnail_keys
from selection_assets.stages.map_batches import MapBatches
from selection_assets.stages.pictures.resizing import resized
from selection_assets.stages.pictures.thumbnail_pixels import decode_thumbnail, encode_thumbnail
from selection_assets.stages.progress import progress
from selection_assets.stages.samples.listed_store import ListedObject

log = logging.getLogger("winnow")

LONGEST_SIDE = 128  # pixels
BLOCK = 256  # thumbnails that are remembered at a time
SCHEMA = {"filename": pl.String, "written_as": pl.String}
_REVISION = (
    "1"  # raise it whenever the same packed thumbnail becomes other bytes: those of older revisions are replaced
)


class Place(Protocol):
    """Any store of `resources.stores`. OSError: one object cannot be put. InputError: nothing can."""

    @property
    def name(self) -> str: ...
    @property
    def readers(self) -> int: ...
    def place(self, key: str = "") -> str: ...
    def list(self, prefix: str = "") -> Iterator[ListedObject]: ...
    def put(self, key: str, data: bytes) -> str: ...


class PutCache(Protocol):
    """Bytes by scope and key; see `resources.sample_cache`."""

    def get_many(self, kind: Literal["contents"], scope: str, keys: Sequence[str]) -> dict[str, bytes]: ...
    def put_many(self, kind: Literal["contents"], scope: str, values: Sequence[tuple[str, bytes]]) -> None: ...


@dataclass(frozen=True)
class PutThumbnails:
    """written: a row for each thumbnail that is in the place now, columns of `SCHEMA`. put: how many were put.
    refused: filename -> why it has none."""

    written: pl.DataFrame
    put: int
    refused: Mapping[str, str]


class _Due(NamedTuple):
    key: str
    filename: str
    content_key: str
    longest: int  # pixels, of the packed thumbnail


class _Done(NamedTuple):
    due: _Due
    etag: str
    fault: str


def put_thumbnails(
    thumbnails: pl.DataFrame,
    jpegs: Callable[[Sequence[str]], Mapping[str, bytes]],
    place: Place,
    suffix: str,
    cache: PutCache,
    *,
    map_batches: MapBatches,
) -> PutThumbnails:
    """Put the thumbnails of samples that are not in their place, as JPEG with `LONGEST_SIDE`, never enlarged.

    Args:
        thumbnails: filename, content_key, width and height in pixels.
        jpegs: content keys -> the packed JPEGs, called from threads.
        suffix: see `configs.thumbnail_suffix`.
        cache: remembers what was put, also of a call that ends with an error.
        map_batches: the engine; as many requests are in flight as the place has readers.

    A sample without a name that its thumbnail can have is left out with a warning.

    Raises:
        InputError: the place cannot be listed or written to, a packed thumbnail is damaged.
    """
    named = thumbnail_keys(thumbnails["filename"], suffix)
    rows = thumbnails.select("filename", "content_key", pl.max_horizontal("width", "height")).rows()
    wanted = [_Due(named.keys[name], name, content, longest) for name, content, longest in rows if name in named.keys]
    scope = f"thumbnails in {place.name}"
    due = _missing(wanted, place, suffix, cache, scope)
    log.info("Writing %d thumbnails to %s; %d are there already.", len(due), place.place(), len(wanted) - len(due))
    refused = dict(named.refused)
    put: list[tuple[str, bytes]] = []
    results = map_batches(partial(_put, jpegs=jpegs, place=place), due, num_workers=place.readers)
    try:
        with closing(results), progress("Writing thumbnails", total=len(due), unit="thumbnails") as bar:
            for done in results:
                if done.fault:
                    refused[done.due.filename] = done.fault
                else:
                    put.append((done.due.key, _content(done.due) + done.etag.encode()))
                if len(put) >= BLOCK:
                    cache.put_many("contents", scope, put)
                    put.clear()
                bar.update(1)
    finally:
        cache.put_many("contents", scope, put)
    if refused:
        name, reason = next(iter(refused.items()))
        log.warning("%d samples have no thumbnail in %s (first: %s: %s)", len(refused), place.place(), name, reason)
    written = [(each.filename, each.key) for each in wanted if each.filename not in refused]
    failed = len(refused) - len(named.refused)
    return PutThumbnails(pl.DataFrame(written, schema=SCHEMA, orient="row"), len(due) - failed, refused)


def _missing(wanted: Sequence[_Due], place: Place, suffix: str, cache: PutCache, scope: str) -> list[_Due]:
    """Those that are not in the place as they were put there."""
    remembered = cache.get_many("contents", scope, [each.key for each in wanted])
    etags = {
        each.key: remembered[each.key].removeprefix(_content(each)).decode()
        for each in wanted
        if remembered.get(each.key, b"").startswith(_content(each))
    }
    folder = suffix.partition("[")[0].rpartition("/")[0]
    try:
        listed = place.list(f"{folder}/") if etags else ()
        in_place = {each.key for each in listed if etags.get(each.key) == each.etag}
    except OSError as error:
        raise InputError(f"{place.place(folder)}: {error.strerror or error}; make it readable") from error
    return [each for each in wanted if each.key not in in_place]


def _content(due: _Due) -> bytes:
    return f"{_REVISION}\0{due.content_key}\0".encode()


def _put(due: _Due, jpegs: Callable[[Sequence[str]], Mapping[str, bytes]], place: Place) -> _Done:
    packed = jpegs([due.content_key])[due.content_key]
    try:
        return _Done(due, place.put(due.key, _as_shown(packed, due)), "")
    except OSError as error:
        return _Done(due, "", error.strerror or str(error))


def _as_shown(packed: bytes, due: _Due) -> bytes:
    if due.longest <= LONGEST_SIDE:
        return packed
    pixels = np.asarray(decode_thumbnail(packed, due.content_key))
    height, width = (max(1, round(side * LONGEST_SIDE / due.longest)) for side in pixels.shape[:2])
    return encode_thumbnail(resized(pixels, width, height))
