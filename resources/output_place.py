"""Where results lie: `output_dir`, or the folder of one run in it; local, or in a bucket."""

from pathlib import Path

from resources.catalog.datasets import credentials_for
from resources.stores.bucket_store import BucketStore
from resources.stores.local_store import LocalStore
from resources.stores.location import bucket_location


def output_store(place: str, dataset: str) -> LocalStore | BucketStore:
    """The store of a folder that need not exist. A bucket opens with the credentials that the dataset has for it as its
    LIGHTLY place, or with those of the environment."""
    location = bucket_location("output_dir", place)
    if location is None:
        return LocalStore(Path(place).expanduser().absolute())
    return BucketStore(location, credentials_for(dataset, "LIGHTLY", location.place) if dataset else None)


def store_of_file(place: str, dataset: str) -> tuple[LocalStore | BucketStore, str]:
    """The store of the folder that a file lies in, as `output_store` opens it, and the file's key in it."""
    folder, _, name = place.rpartition("/")
    return output_store(folder, dataset), name
