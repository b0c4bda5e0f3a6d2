"""Where requests go when no other server is named: to Amazon, Google, Azure. Nothing is sent."""

from urllib.parse import urlsplit

import pytest

from configs.credentials.kinds import credentials_of
from resources.stores.bucket_store import BucketStore
from resources.stores.location import BucketLocation
from tests.resources.stores.gcs_signatures import service_account

S3 = {"access_key": "AKIA0000", "secret_access_key": "secret", "region": "eu-central-1"}


@pytest.mark.parametrize(
    ("bucket", "url"),
    [
        ("pictures", "https://pictures.s3.eu-central-1.amazonaws.com/a/b.jpg"),
        ("pictures.of.cats", "https://s3.eu-central-1.amazonaws.com/pictures.of.cats/a/b.jpg"),  # no certificate fits
    ],
)
@pytest.mark.parametrize("dataset", [True, False])
def test_amazon(bucket: str, url: str, dataset: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA0000")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    store = BucketStore(BucketLocation("s3", bucket, "a"), credentials_of("s3", S3, "test") if dataset else None)
    assert store.sign("b.jpg", 60).partition("?")[0] == url


def test_azure() -> None:
    given = {"account_name": "pictures", "sas_token": "sv=2024-01-01&sp=rl&sig=x"}
    store = BucketStore(BucketLocation("az", "cats", "a"), credentials_of("az", given, "test"))
    assert urlsplit(store.sign("b.jpg", 60))[:3] == ("https", "pictures.blob.core.windows.net", "/cats/a/b.jpg")


def test_google() -> None:
    given = {name: value for name, value in service_account("").items() if name != "gcs_base_url"}
    store = BucketStore(BucketLocation("gs", "cats", "a"), credentials_of("gs", given, "test"))
    assert urlsplit(store.sign("b.jpg", 60))[:3] == ("https", "storage.googleapis.com", "/cats/a/b.jpg")
