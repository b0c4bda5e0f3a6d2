"""A bucket in S3, at Amazon or elsewhere."""

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from configs.credentials.s3 import S3Credentials
from resources.stores.expirations import Dated, Expirations
from resources.stores.faults import Fault
from resources.stores.location import BucketLocation
from resources.stores.moments import nanoseconds
from resources.stores.provider import CannotListError, Listed
from resources.stores.s3_access import s3_access
from resources.stores.s3_client import boto3_client, s3_client
from resources.stores.s3_expirations import s3_expirations
from resources.stores.s3_faults import fault_of

if TYPE_CHECKING:
    from obstore import UpdateVersion


class S3Provider:
    right_to_read = "s3:GetObject"
    right_to_write = "s3:PutObject"
    right_to_remove = "s3:DeleteObject"

    def __init__(self, location: BucketLocation, credentials: S3Credentials | None) -> None:
        self._location = location
        self._access = s3_access(location, credentials)
        self.client = s3_client(location, self._access)

    def listed(self, prefix: str, after: str = "") -> Iterator[Listed]:
        from botocore.exceptions import BotoCoreError, ClientError

        root = self._location.root
        pages = boto3_client(self._access).get_paginator("list_objects_v2")
        asked = {"Bucket": self._location.bucket, "Prefix": root + prefix}
        if begin := re.split(r"[\x00-\x1f]", after)[0]:  # answers repeat it, and XML holds no control characters
            asked["StartAfter"] = root + begin
        try:
            for page in pages.paginate(**asked):
                for each in page.get("Contents", ()):
                    key, modified_ns = each["Key"].removeprefix(root), nanoseconds(each["LastModified"])
                    if key > after:
                        yield Listed(key, each["Size"], modified_ns, each["ETag"])
        except ClientError as error:
            raise CannotListError(f"<Code>{error.response['Error']['Code']}</Code>") from None
        except BotoCoreError as error:
            raise CannotListError(str(error)) from None

    def expirations(self, objects: Iterable[Dated], before_ns: int | None) -> Expirations:
        return s3_expirations(self._location, self._access, objects, before_ns)

    def version(self, _: str, etag: str) -> "UpdateVersion":
        return {"e_tag": f'"{etag}"'}

    def sign(self, key: str, seconds: int) -> str:
        import obstore

        return str(obstore.sign(self.client, "GET", key, timedelta(seconds=seconds)))

    def fault(self, error: Exception) -> Fault:
        return fault_of(error, self._access.names)
