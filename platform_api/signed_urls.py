"""URLs that open one file to whoever has them, without a token: ours for local files, those of the store for buckets.

Ours are `/files/CLAIMS/NAME`: what may be done to which file until when, signed (`resources.platform.signed_claims`),
and the name of the file for programs that look at it; it counts for nothing. `routes/files.py` serves them.
"""

import os
import re
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from fastapi import Request

from platform_api.body_limit import FILES
from platform_api.errors import ApiError
from resources.catalog.datasets import Purpose
from resources.output_place import store_of_file
from resources.platform.datasets import PlatformDataset
from resources.platform.datasources import Source, source_for
from resources.platform.signed_claims import SignedClaims
from resources.platform.source_stores import open_source
from resources.stores.bucket_store import BucketStore
from resources.stores.location import bucket_location

PUBLIC_URL = "WINNOW_PUBLIC_URL"
WEEK = 7 * 24 * 3600  # seconds that a URL for reading is valid: as long as providers allow
HOUR = 3600  # of one that a redirection leads to, or that is for writing
URL_CLAIMS = "file URL"
_HOST = re.compile(r"[A-Za-z0-9.\-]{1,253}(:\d{1,5})?|\[[0-9a-fA-F:.]{2,45}\](:\d{1,5})?")


def base_url(request: Request) -> str:
    """Of this server, as the client reaches it: WINNOW_PUBLIC_URL, else by the host that the client has asked.

    Without a '/' at its end. Raises ApiError for a host that is none.
    """
    if named := os.environ.get(PUBLIC_URL, "").rstrip("/"):
        return named
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):
        raise ApiError(400, "BAD_REQUEST", "the header Host is missing or wrong")
    return f"{request.url.scheme}://{host}"


class ReadUrls:
    """Of files of one datasource, for one request: made once, it is fast for many keys.

    redirected: URLs of this server that lead to a fresh signed URL whenever they are asked, as long as the datasource
        names this place. Always so with delegated access: what a role signs ends with its session.

    Raises InputError where the place may not be used.
    """

    def __init__(self, source: Source, request: Request, *, redirected: bool = False) -> None:
        self._source = source
        self._store = open_source(source)
        self._is_redirected = redirected or source.is_delegated
        self._base = base_url(request)
        self._claims = SignedClaims(URL_CLAIMS)
        self._now = int(time.time())

    def url(self, key: str) -> str:
        """key: relative to the place. It need not be there. Raises OSError for what no file can be called."""
        if not is_file_name(key):
            raise OSError("its name is none that is read (an empty part, '.', '..', or a control character)")
        if self._is_redirected:
            claims = {"do": "redirect", "source": self._source.id, "key": key}
            return _our_url(self._base, self._claims, claims, key)
        return self.fresh(key, WEEK)

    def fresh(self, key: str, seconds: int = HOUR) -> str:
        """What a redirection leads to."""
        if isinstance(self._store, BucketStore):
            return self._store.sign(key, seconds)
        claims = {"do": "read", "source": self._source.id, "key": key, "until": self._now + seconds}
        return _our_url(self._base, self._claims, claims, key)


def read_url(
    dataset: PlatformDataset, key: str, request: Request, *, redirected: bool = False, purpose: Purpose = "INPUT"
) -> str:
    """Of one file of a dataset, as `read_urls`. key: relative to its INPUT or LIGHTLY place."""
    return read_urls(dataset, request, redirected=redirected, purpose=purpose)(key)


def read_urls(
    dataset: PlatformDataset, request: Request, *, redirected: bool = False, purpose: Purpose = "INPUT"
) -> Callable[[str], str]:
    """For many files: key -> URL, from a place that is looked up and opened once. What it returns raises ApiError for a
    key that is none.

    Raises ApiError where the dataset has no such place, InputError where it may not be used.
    """
    urls = ReadUrls(required_source(dataset, purpose), request, redirected=redirected)

    def url(key: str) -> str:
        try:
            return urls.url(key)
        except OSError as error:
            raise ApiError(404, "NOT_FOUND", f"{key[:500]}: {error}") from None

    return url


def file_read_url(dataset: PlatformDataset, place: str, request: Request) -> str:
    """Of a file that a run or an upload has left: an artifact, a CSV of embeddings.

    place: absolute path, or `s3://bucket/folder/file`, which opens with the credentials of the dataset's LIGHTLY place.
    Whoever calls has made sure that it belongs to the dataset, and that it is there. Valid for a week; of a role,
    whose session ends earlier, it redirects to a fresh one. Raises InputError where the bucket cannot be used.
    """
    lightly = source_for(dataset, "LIGHTLY")
    if bucket_location("place", place) and not (lightly and lightly.is_delegated):
        store, name = store_of_file(place, dataset.dataset)
        return store.sign(name, WEEK)
    claims = {"do": "read", "dataset": dataset.dataset, "place": place, "until": int(time.time()) + WEEK}
    return _our_url(base_url(request), SignedClaims(URL_CLAIMS), claims, place)


def file_write_url(dataset: PlatformDataset, place: str, request: Request, *, most: int) -> str:
    """For one PUT, of at most `most` bytes, to a file as for `file_read_url`; valid for an hour. The bytes come through
    this server also where they belong into a bucket."""
    until = int(time.time()) + HOUR
    claims = {"do": "write", "dataset": dataset.dataset, "place": place, "until": until, "most": most}
    return _our_url(base_url(request), SignedClaims(URL_CLAIMS), claims, place)


def required_source(dataset: PlatformDataset, purpose: Purpose) -> Source:
    """Raises ApiError where the dataset has no such place."""
    found = source_for(dataset, purpose)
    if found is None:
        words = (
            f"dataset {dataset.name} has no datasource with purpose {purpose} yet; set one, for example set_s3_config"
        )
        raise ApiError(404, "DATASET_DATASOURCE_UNKNOWN", words)
    return found


def is_file_name(key: str) -> bool:
    """Whether it may name a file that is read, below its place."""
    try:
        key.encode()
    except UnicodeEncodeError:
        return False
    return all(part not in ("", ".", "..") for part in key.split("/")) and not re.search(r"[\x00-\x1f\x7f]", key)


def _our_url(base: str, signing: SignedClaims, claims: Mapping[str, Any], key: str) -> str:
    return f"{base}{FILES}{signing.signed(claims)}/{quote(key.rpartition('/')[2], safe='')}"
