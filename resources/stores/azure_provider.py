"""A container of Azure Blob Storage."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

from configs.credentials.azure import AzureCredentials
from resources.stores.azure_access import AzureAccess, azure_access
from resources.stores.azure_faults import fault_of
from resources.stores.azure_listing import azure_expiries, azure_listing
from resources.stores.expirations import Dated, Expirations
from resources.stores.faults import Fault
from resources.stores.location import BucketLocation
from resources.stores.provider import Listed
from resources.stores.retries import PATIENCE, RETRIES

if TYPE_CHECKING:
    from obstore import UpdateVersion
    from obstore.store import AzureSASToken, AzureStore

UNTOLD = "only the times set on single blobs are known: a SAS token does not open the rules of the account behind"


class AzureProvider:
    right_to_read = "permission Read (r) of the SAS token"
    right_to_write = "permissions Create (c) and Write (w) of the SAS token"
    right_to_remove = "permission Delete (d) of the SAS token"

    def __init__(self, location: BucketLocation, credentials: AzureCredentials | None) -> None:
        self._location = location
        self._access = azure_access(location, credentials)
        self._url = f"{self._access.endpoint}/{location.bucket}"
        self.client = _client(location, self._access)

    def listed(self, prefix: str, after: str = "") -> Iterator[Listed]:
        """Azure begins at no name: what is up to `after` is fetched, too."""
        root = self._location.root
        for each in azure_listing(self._url, self._access.token, root + prefix):
            key = each.key.removeprefix(root)
            if key > after:
                yield each._replace(key=key)

    def expirations(self, objects: Iterable[Dated], before_ns: int | None) -> Expirations:
        if before_ns is None:
            return Expirations({})  # rules are not told, and moments of single blobs are no rule
        wanted, root = {each.key for each in objects}, self._location.root
        found = azure_expiries(self._url, self._access.token, root)
        dated = ((key.removeprefix(root), moment) for key, moment in found if moment < before_ns)
        return Expirations({key: moment for key, moment in dated if key in wanted}, f"{UNTOLD} {self._location.place}")

    def version(self, _: str, etag: str) -> "UpdateVersion":
        return {"e_tag": f'"{etag}"'}

    def sign(self, key: str, _: int) -> str:
        """As long as the token is valid: another one cannot be made of it."""
        return f"{self._url}/{quote(self._location.root + key)}?{self._access.token}"

    def fault(self, error: Exception) -> Fault:
        return fault_of(error, self._access.names, self._access.expired)


def _client(location: BucketLocation, access: AzureAccess) -> "AzureStore":
    """Opens nothing yet: what is wrong with the place shows at the first request."""
    from obstore.store import AzureStore

    def fresh() -> "AzureSASToken":
        return {"sas_token": access.token, "expires_at": None}

    return AzureStore(
        location.bucket,
        prefix=location.folder or None,
        account_name=access.account,
        endpoint=access.endpoint,
        # Not as `sas_key`: a key or another kind of credentials in the environment would go before it.
        credential_provider=fresh,
        use_emulator=False,
        skip_signature=False,
        client_options={**PATIENCE, "allow_http": access.endpoint.startswith("http://")},
        retry_config=RETRIES,
    )
