"""A bucket in Google Cloud Storage."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from configs.credentials.gcs import GCSCredentials
from resources.stores.expirations import Dated, Expirations
from resources.stores.faults import Fault
from resources.stores.gcs_access import GCSAccess, gcs_access
from resources.stores.gcs_expirations import gcs_expirations
from resources.stores.gcs_faults import fault_of
from resources.stores.gcs_listing import gcs_listing
from resources.stores.location import BucketLocation
from resources.stores.provider import Listed
from resources.stores.retries import PATIENCE, RETRIES

if TYPE_CHECKING:
    from obstore import UpdateVersion
    from obstore.store import GCSStore


class GCSProvider:
    right_to_read = "storage.objects.get"
    right_to_write = "storage.objects.create and storage.objects.delete"
    right_to_remove = "storage.objects.delete"

    def __init__(self, location: BucketLocation, credentials: GCSCredentials | None) -> None:
        self._location = location
        self._access = gcs_access(location, credentials)
        self.client = _client(location, self._access)

    def listed(self, prefix: str, after: str = "") -> Iterator[Listed]:
        root = self._location.root
        url = f"{self._access.endpoint}/{self._location.bucket}"
        for each in gcs_listing(url, self._access.bearer_token, root + prefix, root + after if after else ""):
            yield each._replace(key=each.key.removeprefix(root))

    def expirations(self, objects: Iterable[Dated], before_ns: int | None) -> Expirations:
        access = self._access
        return gcs_expirations(self._location, access.endpoint, access.bearer_token, objects, before_ns)

    def version(self, key: str, etag: str) -> "UpdateVersion | None":
        """The generation: writes take no other condition, and listings do not have it."""
        import obstore

        found = obstore.head(self.client, key)
        is_same = (found["e_tag"] or "").strip('"') == etag
        return {"e_tag": etag, "version": found["version"]} if is_same else None

    def sign(self, key: str, seconds: int) -> str:
        import obstore

        return str(obstore.sign(self.client, "GET", key, timedelta(seconds=seconds)))

    def fault(self, error: Exception) -> Fault:
        return fault_of(error, self._access.names)


def _client(location: BucketLocation, access: GCSAccess) -> "GCSStore":
    """Opens nothing yet: what is wrong with the place shows at the first request."""
    from obstore.store import GCSStore

    return GCSStore(
        location.bucket,
        prefix=location.folder or None,
        service_account_key=access.service_account,
        base_url=access.endpoint,
        skip_signature=False,
        client_options={**PATIENCE, "allow_http": access.endpoint.startswith("http://")},
        retry_config=RETRIES,
    )
