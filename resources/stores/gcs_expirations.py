"""When objects of Google Cloud Storage are deleted, by the rules of the bucket.

What rules ask for stands in the listings of the JSON interface alone: when an object was created (others tell when it
was last changed, be it a label), its storage class and custom time.

Source: cloud.google.com/storage/docs/json_api/v1 (buckets/get, objects/list).
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from resources.stores.expirations import NEVER_NS, Dated, Expirations, untold
from resources.stores.gcs_lifecycle import Facts, deletion_rules, first_ns
from resources.stores.location import BucketLocation
from resources.stores.moments import nanoseconds
from resources.stores.provider import CannotListError
from resources.stores.signed_pages import json_page, session

if TYPE_CHECKING:
    from requests import Session

RIGHT = "storage.buckets.get"


def gcs_expirations(
    location: BucketLocation, endpoint: str, token: Callable[[], str], objects: Iterable[Dated], before_ns: int | None
) -> Expirations:
    """As in `Provider`. token: of this moment. Raises CannotListError."""
    url, root = f"{endpoint}/storage/v1/b/{quote(location.bucket)}", location.root
    asking = session()
    try:
        bucket = json_page(asking, url, {"fields": "lifecycle"}, {"Authorization": f"Bearer {token()}"})
    except CannotListError as error:
        return untold(error, location.place, RIGHT)
    rules = deletion_rules(bucket)
    if not rules:
        return Expirations({})
    facts: Iterable[Facts]
    if before_ns is None:
        before, facts = NEVER_NS, (Facts(root + each.key, each.modified_ns) for each in objects)
    else:
        wanted = {root + each.key for each in objects}
        before, facts = before_ns, (each for each in _facts(asking, f"{url}/o", token, root) if each.key in wanted)
    dated = ((each.key.removeprefix(root), first_ns(rules, each)) for each in facts)
    return Expirations({key: moment for key, moment in dated if moment < before})


def _facts(asking: "Session", url: str, token: Callable[[], str], prefix: str) -> Iterator[Facts]:
    query = {"prefix": prefix, "fields": "nextPageToken,items(name,timeCreated,storageClass,customTime)"}
    while True:
        answer = json_page(asking, url, query, {"Authorization": f"Bearer {token()}"})
        for each in answer.get("items", ()):
            custom = each.get("customTime")
            created = _moment_ns(each["timeCreated"])
            yield Facts(each["name"], created, each.get("storageClass"), _moment_ns(custom) if custom else None)
        query["pageToken"] = answer.get("nextPageToken", "")
        if not query["pageToken"]:
            return


def _moment_ns(text: str) -> int:
    return nanoseconds(datetime.fromisoformat(text))
