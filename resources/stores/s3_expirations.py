"""When objects of S3 are deleted: by the rules of the bucket, and where tags decide by what HEAD says of an object.

Source: docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html (x-amz-expiration).
"""

import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from resources.stores.expirations import NEVER_NS, Dated, Expirations, untold
from resources.stores.location import BucketLocation
from resources.stores.moments import nanoseconds
from resources.stores.provider import CannotListError
from resources.stores.s3_access import S3Access
from resources.stores.s3_lifecycle import DeletionRule, deletion_rules, first_ns
from resources.stores.s3_requests import bucket_url, signed_session
from resources.stores.signed_pages import answered, page

if TYPE_CHECKING:
    from requests import Session

RIGHT = "s3:GetLifecycleConfiguration"
AT_A_TIME = 10  # connections that a session keeps
_EXPIRY = re.compile(r'expiry-date="([^"]+)"')


def s3_expirations(
    location: BucketLocation, access: S3Access, objects: Iterable[Dated], before_ns: int | None
) -> Expirations:
    """As in `Provider`. Raises CannotListError."""
    url, root = bucket_url(location, access), location.root
    asking = signed_session(access)
    try:
        rules = _rules(asking, url)
    except CannotListError as error:
        return untold(error, location.place, RIGHT)
    plain, tagged = ([rule for rule in rules if rule.is_tagged is kind] for kind in (False, True))
    before = NEVER_NS if before_ns is None else before_ns
    moments: dict[str, int] = {}
    doubtful: list[str] = []
    for key, size, modified_ns in objects if rules else ():
        moment = first_ns(plain, root + key, size, modified_ns)
        if moment < before:
            moments[key] = moment
        elif before_ns is not None and first_ns(tagged, root + key, size, modified_ns) < before:
            doubtful.append(key)
    with ThreadPoolExecutor(AT_A_TIME) as threads:
        told = threads.map(lambda key: _told_ns(asking, f"{url}/{quote(root + key)}"), doubtful)
        moments |= {key: moment for key, moment in zip(doubtful, told, strict=True) if moment < before}
    return Expirations(moments)


def _rules(asking: "Session", url: str) -> list[DeletionRule]:
    try:
        answer = page(asking, f"{url}/", {"lifecycle": ""}, {})
    except CannotListError as error:
        if "<Code>NoSuchLifecycleConfiguration</Code>" in str(error):
            return []
        raise
    if answer.tag != "LifecycleConfiguration":  # a server that does not know the question lists the bucket
        raise CannotListError("status code: 501 <Code>NotImplemented</Code>")
    return deletion_rules(answer)


def _told_ns(asking: "Session", url: str) -> int:
    """When the object goes by its tags, too; never, as far as is known, where it may not be read or is gone."""
    found = answered(asking, url, {}, {}, method="HEAD")
    if not found.ok and found.status_code not in (403, 404):
        raise CannotListError(f"status code: {found.status_code}")
    said = _EXPIRY.search(found.headers.get("x-amz-expiration", ""))
    return nanoseconds(parsedate_to_datetime(said[1])) if said else NEVER_NS
