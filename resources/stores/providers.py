"""Which provider a place in a bucket has."""

from collections.abc import Callable
from typing import Any

from configs.credentials.kinds import Credentials
from resources.stores.azure_provider import AzureProvider
from resources.stores.gcs_provider import GCSProvider
from resources.stores.location import BucketLocation
from resources.stores.provider import Provider
from resources.stores.s3_provider import S3Provider

_PROVIDERS: dict[str, Callable[[BucketLocation, Any], Provider]] = {
    "s3": S3Provider,
    "gs": GCSProvider,
    "az": AzureProvider,
}


def provider_of(location: BucketLocation, credentials: Credentials | None) -> Provider:
    """credentials: of the kind that the place asks for, see `configs.credentials.kinds`; without, those of the
    environment. Raises InputError where there are none."""
    return _PROVIDERS[location.scheme](location, credentials)
