"""A bucket as a store: the suite of all stores, keys that people really have, and what goes wrong."""

import pickle
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from configs.errors import InputError
from resources.stores.bucket_store import BucketStore
from resources.stores.location import BucketLocation
from tests.resources.stores.s3_servers import boto3_client, environment, moto, rclone
from tests.resources.stores.store_suite import StoreSuite, keys

ODD_KEYS = [
    "plain.txt", "sp ace.txt", "p%20c.txt", "h#ash", "q?x", "ü 日.txt", "back\\slash", "tilde~", "star*", "plus+a",
    "a&b", "per%cent", "emoji😀.png", "[x]{y}|z^`\"<>", "a=b", "deep/er/x",
]  # fmt: skip


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


class TestBucketStore(StoreSuite):
    pass


def test_objects_beside_the_folder_do_not_belong_to_it(store: BucketStore, server: str) -> None:
    client = boto3_client(server)
    for key in ("dir/deeper/a", "dir/deeper2/b", "dir/c", "dir/deeper"):
        client.put_object(Bucket=store.location.bucket, Key=key, Body=b"x")
    assert keys(store) == ["a"]
    assert keys(BucketStore(BucketLocation("s3", store.location.bucket, ""))) == [
        "dir/c", "dir/deeper", "dir/deeper/a", "dir/deeper2/b",
    ]  # fmt: skip


@pytest.mark.parametrize("key", ODD_KEYS)
def test_odd_keys(store: BucketStore, server: str, key: str) -> None:
    client = boto3_client(server)
    client.put_object(Bucket=store.location.bucket, Key=f"dir/deeper/{key}", Body=key.encode())
    assert keys(store) == [key]
    assert store.get(key, 99) == key.encode()
    store.put(key, b"ours")
    assert client.get_object(Bucket=store.location.bucket, Key=f"dir/deeper/{key}")["Body"].read() == b"ours"


def test_keys_that_are_no_paths_hide_no_others(store: BucketStore, server: str) -> None:
    client = boto3_client(server)
    names = ["a/1.png", "a//2.png", "a/./3.png", "b\x01.png", "z.png"]
    for name in names:
        client.put_object(Bucket=store.location.bucket, Key=f"dir/deeper/{name}", Body=b"x")
    assert keys(store) == sorted(names)
    for name in names[1:4]:
        with pytest.raises(OSError, match="its name is none that is read from a bucket"):
            store.get(name, 9)
    assert store.get("z.png", 9) == b"x"
    with pytest.raises(FileNotFoundError):  # the place is there
        store.get("none", 9)


def test_markers_of_folders_are_no_objects(store: BucketStore, server: str) -> None:
    client = boto3_client(server)
    for name in ("", "a/", "a/b/"):
        client.put_object(Bucket=store.location.bucket, Key=f"dir/deeper/{name}", Body=b"")
    store.put("a/b/x", b"")
    store.put("a/empty", b"")
    store.put("z", b"")
    assert keys(store) == ["a/b/x", "a/empty", "z"]


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


def test_it_may_be_pickled(store: BucketStore) -> None:
    store.put("x", b"abc")
    data = pickle.dumps(store)
    assert b"secret" not in data
    assert pickle.loads(data).get("x", 3) == b"abc"


def test_large_files_are_put_in_parts(store: BucketStore, tmp_path: Path) -> None:
    data = bytes(range(256)) * 50_000
    (tmp_path / "large").write_bytes(data)
    etag = store.put("large", tmp_path / "large")
    assert etag.endswith('-3"')  # of 5 MB
    assert store.get("large", len(data)) == data
    with store.local_copy("large") as path:
        assert path.read_bytes() == data
    assert not path.exists()


def test_a_bucket_that_is_not_there(bucket: str) -> None:
    store = BucketStore(BucketLocation("s3", "no-such-bucket", "dir"))
    for call in (lambda: list(store.list()), lambda: store.get("x", 9), lambda: store.head("x", 9)):
        with pytest.raises(InputError, match=r"^s3://no-such-bucket/dir: there is no such bucket; check its name"):
            call()


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
        with pytest.raises(InputError, match=f"^{store.name}: access denied; allow s3:PutObject on its objects$"):
            call()
    with pytest.raises(PermissionError, match=r"access denied \(s3:DeleteObject\)"):
        store.remove("x")
