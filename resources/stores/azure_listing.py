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
    query = {**dict(parse_qsl(token)), "restype": "container", "comp": "list", "prefix": prefix, "marker": ""}
    asking = session()
    while True:
        answer = page(asking, url, query, {"x-ms-version": VERSION})
        for blob in answer.iterfind("Blobs/Blob"):
            if blob.findtext("Properties/ResourceType") != "directory":
                yield _listed(blob)
        query["marker"] = answer.findtext("NextMarker") or ""
        if not query["marker"]:
            return


def _listed(blob: Element) -> Listed:
    name = blob.find("Name")
    key = (name.text or "") if name is not None else ""
    if name is not None and name.get("Encoded") == "true":
        key = unquote(key)
    moment = parsedate_to_datetime(blob.findtext("Properties/Last-Modified", ""))
    size = int(blob.findtext("Properties/Content-Length", "0"))
    return Listed(key, size, nanoseconds(moment), blob.findtext("Properties/Etag", ""))
