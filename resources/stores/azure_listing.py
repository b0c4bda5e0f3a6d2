"""A listing of a container with a SAS token, as Azure gives it.

Source: learn.microsoft.com/en-us/rest/api/storageservices/list-blobs.
"""

from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl, unquote
from xml.etree.ElementTree import Element

from resources.stores.moments import nanoseconds
from resources.stores.provider import Listed
from resources.stores.signed_pages import page, session

VERSION = "2021-12-02"  # the first ones wrote no XML for names with control characters


def azure_listing(url: str, token: str, prefix: str) -> Iterator[Listed]:
    """url: of the container. Raises CannotListError."""
    return map(_listed, _blobs(url, token, prefix))


def azure_expiries(url: str, token: str, prefix: str) -> Iterator[tuple[str, int]]:
    """Key and moment of deletion, in nanoseconds since 1970, of each blob that has one. Raises CannotListError."""
    for blob in _blobs(url, token, prefix):
        if moment := blob.findtext("Properties/Expiry-Time"):
            yield _key(blob), nanoseconds(parsedate_to_datetime(moment))


def _blobs(url: str, token: str, prefix: str) -> Iterator[Element]:
    query = {**dict(parse_qsl(token)), "restype": "container", "comp": "list", "prefix": prefix, "marker": ""}
    asking = session()
    while True:
        answer = page(asking, url, query, {"x-ms-version": VERSION})
        for blob in answer.iterfind("Blobs/Blob"):
            if blob.findtext("Properties/ResourceType") != "directory":
                yield blob
        query["marker"] = answer.findtext("NextMarker") or ""
        if not query["marker"]:
            return


def _key(blob: Element) -> str:
    name = blob.find("Name")
    key = (name.text or "") if name is not None else ""
    return unquote(key) if name is not None and name.get("Encoded") == "true" else key


def _listed(blob: Element) -> Listed:
    moment = parsedate_to_datetime(blob.findtext("Properties/Last-Modified", ""))
    size = int(blob.findtext("Properties/Content-Length", "0"))
    return Listed(_key(blob), size, nanoseconds(moment), blob.findtext("Properties/Etag", ""))
