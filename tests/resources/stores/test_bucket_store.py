"""A bucket in S3 as a store, and what goes wrong."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from configs.errors import InputError
from resources.stores.bucket_store import BucketStore
from resources.stores.location import BucketLocation
from tests.resources.stores.bucket_suite import BucketSuite, Raw
from tests.resources.stores.s3_servers import boto3_client, environment, moto, rclone
from tests.resources.stores.store_suite import keys


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with moto() as url:
        yield url


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Empty, and named by the environment."""
    for key, value in environment(server).items():
        monkeypatch.setenv(key, value)
    name = f"bucket-{uuid4().hex[:8]}"
    boto3_client(server).create_bucket(Bucket=name)
    return name


@pytest.fixture
def store(bucket: str) -> BucketStore:
    return BucketStore(BucketLocation("s3", bucket, "dir/deeper"))


@pytest.fixture
def raw(store: BucketStore, server: str) -> Raw:
    client, bucket = boto3_client(server), store.location.bucket
    return Raw(
        lambda key, data: client.put_object(Bucket=bucket, Key=key, Body=data),
        lambda key: client.get_object(Bucket=bucket, Key=key)["Body"].read(),
    )


class TestBucketStore(BucketSuite):
    pass


def test_a_listing_of_many_pages_is_that_of_boto3(store: BucketStore, server: str) -> None:
    for number in range(2_300):
        store.put(f"{number % 7}/{number}", b"%d" % number)
    pages = boto3_client(server).get_paginator("list_objects_v2").paginate(Bucket=store.location.bucket)
    expected = {
        (each["Key"].removeprefix("dir/deeper/"), each["Size"], each["ETag"], int(each["LastModified"].timestamp()))
        for page in pages
        for each in page["Contents"]
    }
    assert {(e.key, e.size, e.etag, e.modified_ns // 10**9) for e in store.list()} == expected
    assert len(expected) == 2_300


def test_a_bucket_that_is_not_there(bucket: str) -> None:
    store = BucketStore(BucketLocation("s3", "no-such-bucket", "dir"))
    for call in (lambda: list(store.list()), lambda: store.get("x", 9), lambda: store.head("x", 9)):
        with pytest.raises(InputError, match=r"^s3://no-such-bucket/dir: there is no such bucket; check its name"):
            call()


def test_a_listing_past_obstore_that_fails(store: BucketStore, raw: Raw, monkeypatch: pytest.MonkeyPatch) -> None:
    raw.put("dir/deeper/a//b", b"x")
    monkeypatch.setattr(store._provider, "_location", BucketLocation("s3", "no-such-bucket", ""))
    with pytest.raises(InputError, match=r"^s3://\S+/dir/deeper: there is no such bucket; check its name"):
        list(store.list())


def test_nobody_answers(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resources.stores.s3_client.RETRIES", {"max_retries": 1})
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    store = BucketStore(BucketLocation("s3", bucket, ""))
    for call in (lambda: list(store.list()), lambda: store.get("x", 9)):
        with pytest.raises(InputError, match=r"no answer \(HTTP error: error sending request\); check the network"):
            call()


@pytest.fixture
def signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[BucketStore]:
    """On a server that checks signatures."""
    (tmp_path / "served" / "bucket").mkdir(parents=True)
    with rclone(tmp_path / "served") as url:
        for key, value in environment(url).items():
            monkeypatch.setenv(key, value)
        yield BucketStore(BucketLocation("s3", "bucket", "dir"))


def test_a_server_that_checks_signatures(signed: BucketStore, tmp_path: Path) -> None:
    signed.put("a/ü b.txt", b"abcdef")
    assert (tmp_path / "served" / "bucket" / "dir" / "a" / "ü b.txt").read_bytes() == b"abcdef"
    assert (signed.get("a/ü b.txt", 6), signed.head("a/ü b.txt", 2), keys(signed)) == (b"abcdef", b"ab", ["a/ü b.txt"])
    import urllib.request

    with urllib.request.urlopen(signed.sign("a/ü b.txt", 60), timeout=10) as answer:
        assert answer.read() == b"abcdef"


@pytest.mark.parametrize(
    ("variable", "value"), [("AWS_SECRET_ACCESS_KEY", "another"), ("AWS_ACCESS_KEY_ID", "AKIAWINNOWTEST000001")]
)
def test_wrong_credentials(signed: BucketStore, monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    signed.put("x", b"abc")
    monkeypatch.setenv(variable, value)
    store = BucketStore(signed.location)
    for call in (lambda: list(store.list()), lambda: store.get("x", 9), lambda: store.put("y", b"")):
        with pytest.raises(InputError, match=r"^s3://bucket/dir: .*; check AWS_ACCESS_KEY_ID and AWS_SECRET") as told:
            call()
        assert "another" not in str(told.value)


def test_the_right_that_is_missing(store: BucketStore, monkeypatch: pytest.MonkeyPatch) -> None:
    import obstore
    from obstore.exceptions import PermissionDeniedError

    def refuse(*_: object, **__: object) -> None:
        raise PermissionDeniedError("status code: 403")

    store.put("x", b"")
    for name in ("put", "delete"):
        monkeypatch.setattr(obstore, name, refuse)
    for call in (lambda: store.put("x", b""), store.require_writable):
        with pytest.raises(InputError, match=f"^{store.name}: access denied; allow s3:PutObject there$"):
            call()
    with pytest.raises(PermissionError, match=r"access denied \(s3:DeleteObject\)"):
        store.remove("x")
