"""The suite of all stores on real buckets, where the environment names one: WINNOW_TEST_S3_URL=s3://bucket/folder, or
WINNOW_TEST_GS_URL, WINNOW_TEST_AZ_URL, with the usual variables for its credentials."""

import os
from collections.abc import Iterator
from uuid import uuid4

import pytest

from resources.stores.bucket_store import BucketStore
from resources.stores.location import BucketLocation, bucket_location
from tests.resources.stores.store_suite import StoreSuite


@pytest.fixture(params=["s3", "gs", "az"])
def store(request: pytest.FixtureRequest) -> Iterator[BucketStore]:
    """An empty folder of its own, which is removed again."""
    import obstore

    variable = f"WINNOW_TEST_{request.param.upper()}_URL"
    if not os.environ.get(variable):
        pytest.skip(f"{variable} is not set")
    place = bucket_location(variable, os.environ[variable])
    assert place and place.scheme == request.param
    store = BucketStore(BucketLocation(place.scheme, place.bucket, f"{place.folder}/{uuid4().hex}".strip("/")))
    yield store
    obstore.delete(store._client, [each.key for each in store.list()])


class TestRealClouds(StoreSuite):
    pass
