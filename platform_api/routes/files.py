"""What signed URLs lead to: local files for reading, places for writing, and redirections to fresh URLs. No token."""

import mimetypes
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path as LocalPath
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import FileResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from configs.errors import InputError
from platform_api.body_limit import FILES
from platform_api.errors import ApiError
from platform_api.signed_urls import HOUR, URL_CLAIMS, ReadUrls, is_file_name
from resources.output_place import store_of_file
from resources.platform.datasources import Source, find_source
from resources.platform.local_roots import allowed_file
from resources.platform.own_pictures import TYPE as OWN
from resources.platform.own_pictures import own_file
from resources.platform.signed_claims import SignedClaims
from resources.platform.source_stores import open_source
from resources.stores.local_store import LocalStore
from resources.stores.location import bucket_location

router = APIRouter(prefix=FILES.rstrip("/"))

# What a browser only shows. Everything else it is told to save: pages and drawings could run programs as this site.
SHOWN = frozenset(
    {
        "application/json", "application/pdf", "image/bmp", "image/gif", "image/jpeg", "image/png", "image/tiff",
        "image/webp", "text/csv", "text/plain", "video/mp4", "video/quicktime", "video/webm", "video/x-msvideo",
    }
)  # fmt: skip
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-transform",  # clients copy the bytes as they come: nobody may compress them
    "Access-Control-Allow-Origin": "*",  # tools for labelling show pictures in pages of their own
}
BLOCK = 1 << 20
Claims = Annotated[str, Path(max_length=8000, pattern=r"^[A-Za-z0-9_.-]+$")]
Name = Annotated[str, Path(max_length=3000)]
_GONE = ApiError(404, "NOT_FOUND", "there is no such file any more")


@router.head("/{claims}/{name:path}", include_in_schema=False)
@router.get("/{claims}/{name:path}", response_class=FileResponse)
def read(claims: Claims, name: Name, request: Request) -> Response:
    """With ranges. `name` counts for nothing."""
    wanted = _verified(claims, "read", "redirect")
    if "place" in wanted:
        return _of_place(wanted["dataset"], wanted["place"])
    source = find_source(wanted["source"])
    if source is None:
        raise _GONE
    if wanted["do"] == "redirect":
        return _redirection(source, wanted["key"], request)
    store = open_source(source)
    if not isinstance(store, LocalStore):
        raise _GONE
    find = own_file if source.config["type"] == OWN else allowed_file
    return _served(find(store.place(wanted["key"])))


@router.put("/{claims}/{name:path}")
async def write(claims: Claims, name: Name, request: Request) -> Response:
    """The bytes come to the disk first: the place gets them whole or not at all."""
    wanted = _verified(claims, "write")
    length, taken = request.headers.get("content-length", "0"), 0
    if not length.isdigit() or int(length) > wanted["most"]:
        raise _too_large(wanted)
    with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
        file = LocalPath(folder, "upload")
        with file.open("wb") as uploaded:
            async for block in request.stream():
                taken += len(block)
                if taken > wanted["most"]:
                    raise _too_large(wanted)
                await run_in_threadpool(uploaded.write, block)
        await run_in_threadpool(_put, wanted["dataset"], wanted["place"], file)
    return Response(status_code=200)


def _verified(text: str, *allowed: str) -> dict[str, Any]:
    claims = SignedClaims(URL_CLAIMS).claims(text)
    if claims is None or claims["do"] not in allowed:
        raise ApiError(403, "FORBIDDEN", "this URL was not made for that by this server, or its time is over")
    return claims


def _too_large(wanted: Mapping[str, Any]) -> ApiError:
    return ApiError(413, "PAYLOAD_TOO_LARGE", f"this file may have {wanted['most']:,} bytes at most")


def _redirection(source: Source, key: str, request: Request) -> Response:
    url = ReadUrls(source, request).fresh(key)
    return RedirectResponse(url, 302, {**HEADERS, "Cache-Control": "no-store"})


def _of_place(dataset: str, place: str) -> Response:
    if bucket_location("place", place) is None:
        return _served(LocalPath(place))
    store, name = store_of_file(place, dataset)
    return RedirectResponse(store.sign(name, HOUR), 302, {"Cache-Control": "no-store"})


def _served(path: LocalPath | None) -> Response:
    if path is None or not path.is_file() or not os.access(path, os.R_OK):
        raise _GONE
    kind, encoding = mimetypes.guess_type(path.name, strict=False)
    if kind is None or encoding:
        kind = "application/octet-stream"
    is_shown = kind in SHOWN
    headers = HEADERS if is_shown else {**HEADERS, "Content-Security-Policy": "default-src 'none'; sandbox"}
    return FileResponse(
        path,
        media_type=kind,
        headers=headers,
        filename=path.name if is_file_name(path.name) else "file",
        content_disposition_type="inline" if is_shown else "attachment",
        stat_result=path.stat(),
    )


def _put(dataset: str, place: str, file: LocalPath) -> None:
    store, name = store_of_file(place, dataset)
    try:
        store.put(name, file)
    except OSError as error:
        raise InputError(f"{place}: cannot be written ({error.strerror or error})") from None
