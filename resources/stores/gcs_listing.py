"""A listing of a bucket, as Google Cloud Storage gives it.

Source: cloud.google.com/storage/docs/xml-api/get-bucket-list.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from urllib.parse import unquote

from resources.stores.moments import nanoseconds
from resources.stores.provider import Listed
from resources.stores.signed_pages import page, session


def gcs_listing(url: str, token: Callable[[], str], prefix: str, after: str = "") -> Iterator[Listed]:
    """url: of the bucket. token: of this moment. after: keys up to this one are left out. Raises CannotListError."""
    query = {"list-type": "2", "encoding-type": "url", "prefix": prefix, "start-after": after}
    asking = session()
    while True:
        answer = page(asking, url, query, {"Authorization": f"Bearer {token()}"})
        for each in answer.iterfind("Contents"):
            moment = datetime.fromisoformat(each.findtext("LastModified", ""))
            yield Listed(
                unquote(each.findtext("Key", "")),
                int(each.findtext("Size", "0")),
                nanoseconds(moment),
                each.findtext("ETag", ""),
            )
        query["continuation-token"] = answer.findtext("NextContinuationToken") or ""
        if not query["continuation-token"]:
            return
