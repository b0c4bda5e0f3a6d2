"""Where an account of Azure is, and with which token: that of a dataset, or of the environment."""

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qs

from configs.credentials.azure import AzureCredentials
from configs.errors import InputError
from resources.stores.azure_faults import OF_DATASET, OF_ENVIRONMENT, Names
from resources.stores.location import BucketLocation


@dataclass(frozen=True)
class AzureAccess:
    """endpoint: of the account, without '/' at its end. token: percent-encoded, as in a URL. names: for errors."""

    account: str
    endpoint: str
    token: str = field(repr=False)
    names: Names

    @property
    def expired(self) -> bool:
        """Whether the token says so itself. Servers answer to an expired one as to a wrong one."""
        try:
            ends = datetime.fromisoformat(parse_qs(self.token)["se"][0])
        except (KeyError, ValueError):
            return False
        return ends.replace(tzinfo=ends.tzinfo or UTC) < datetime.now(UTC)


def azure_access(location: BucketLocation, credentials: AzureCredentials | None) -> AzureAccess:
    """With credentials of the dataset, nothing of the environment counts.

    Without: AZURE_STORAGE_ACCOUNT_NAME, AZURE_STORAGE_SAS_TOKEN, AZURE_STORAGE_ENDPOINT, AZURE_ALLOW_HTTP. Raises
    InputError where there are none, or where they would go through the network unprotected.
    """
    names = OF_DATASET if credentials else OF_ENVIRONMENT
    if credentials is None:
        if not os.environ.get("AZURE_STORAGE_ACCOUNT_NAME") or not os.environ.get("AZURE_STORAGE_SAS_TOKEN"):
            raise InputError(
                f"{location}: there are no credentials; set AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_SAS_TOKEN"
            )
        credentials = AzureCredentials.of_environment(os.environ, str(location))
    endpoint = credentials.endpoint_url or f"https://{credentials.account_name}.blob.core.windows.net"
    return AzureAccess(credentials.account_name, endpoint.rstrip("/"), credentials.sas_token.get_secret_value(), names)
