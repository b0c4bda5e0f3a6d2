"""Opens the place of a datasource, as far as its user may."""

from functools import lru_cache
from pathlib import Path

from configs.errors import InputError
from resources.catalog.datasets import Purpose, credentials_for
from resources.platform.allowed_hosts import require_allowed
from resources.platform.datasources import SERVES, Source
from resources.platform.places import place_of
from resources.stores.bucket_store import BucketStore
from resources.stores.local_store import LocalStore
from resources.stores.location import BucketLocation, bucket_location

OPENED = 256  # buckets that are kept open: a role is assumed once, not for every picture


def open_source(source: Source) -> LocalStore | BucketStore:
    """Only a local folder that the operator still allows, and a bucket with the dataset's own credentials.

    Raises InputError where it may not be used (any more).
    """
    place = place_of(source.config)
    location = bucket_location("fullPath", place)
    if location is None:
        return LocalStore(Path(place))
    if source.config["type"] == "OBS":
        require_allowed(source.config["obsEndpoint"])
    return _opened(source.key, SERVES[source.purpose][0], location, source.id, source.changed)


@lru_cache(OPENED)
def _opened(key: str, purpose: Purpose, location: BucketLocation, id: str, changed: int) -> BucketStore:
    """id, changed: with another config, it is opened anew."""
    credentials = credentials_for(key, purpose, location.place)
    if credentials is None:
        raise InputError(f"{location}: there are no credentials; set the datasource again")
    return BucketStore(location, credentials)
