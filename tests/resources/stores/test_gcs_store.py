"""A bucket in Google Cloud Storage as a store, on a small server that checks tokens and signatures."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from configs.credentials.gcs import GCSCredentials
from configs.errors import InputError
from resources.stores import gcs_listing
from resources.stores.bucket_store import BucketStore
from resources.stores.gcs_access import gcs_access
from resources.stores.location import BucketLocation
from tests.resources.stores import gcs_server
from tests.resources.stores.bucket_suite import BucketSuite, Raw
from tests.resources.stores.fault_proxy import FaultProxy, fault_proxy
from tests.resources.stores.fault_suite import DATA, FaultSuite, quick_retries
from tests.resources.stores.gcs_server import FakeGCS, fake_gcs
from tests.resources.stores.gcs_signatures import UNKNOWN, caller, service_account
from tests.resources.stores.store_suite import keys

CLASHING = ("GOOGLE_SERVICE_ACCOUNT", "GOOGLE_SERVICE_ACCOUNT_PATH", "GOOGLE_BEARER_TOKEN")
RIGHTS = {"none": set[str](), "nolist": {"get"}, "noread": {"list"}, "nowrite": {"list", "get"}}


@pytest.fixture(scope="module")
def server() -> Iterator[FakeGCS]:
    with fake_gcs() as gcs:
        gcs.rights.update(RIGHTS)
        yield gcs


@pytest.fixture
def bucket(server: FakeGCS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Empty, and opened by the environment."""
    for name in CLASHING:
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "key.json").write_text(json.dumps(service_account(server.url)), encoding="utf-8")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "key.json"))
    name = f"bucket_{uuid4().hex[:8]}"
    server.buckets[name] = {}
    return name


@pytest.fixture
def store(bucket: str) -> BucketStore:
    return BucketStore(BucketLocation("gs", bucket, "dir/deeper"))


@pytest.fixture
def raw(server: FakeGCS, bucket: str) -> Raw:
    return Raw(lambda key, data: server.put(bucket, key, data), lambda key: server.buckets[bucket][key].data)


class TestGCSStore(BucketSuite):
    pass


class TestFaultsOfGCS(FaultSuite):
    @pytest.fixture
    def direct(self, bucket: str) -> BucketStore:
        return BucketStore(BucketLocation("gs", bucket, "dir"))

    @pytest.fixture
    def proxy(self, server: FakeGCS, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
        quick_retries(monkeypatch)
        with fault_proxy(server.url) as started:
            yield started

    @pytest.fixture
    def store(self, bucket: str, direct: BucketStore, proxy: FaultProxy) -> BucketStore:
        direct.put("x", DATA)
        key = json.dumps(service_account(proxy.url))
        return BucketStore(direct.location, GCSCredentials.model_validate(json.loads(key)))


def of_dataset(server: FakeGCS, store: BucketStore, name: str = "reader", **more: str) -> BucketStore:
    return BucketStore(store.location, GCSCredentials.made(service_account(server.url, name, **more), "test"))


@pytest.mark.parametrize("odd", [False, True])
def test_a_listing_of_many_pages(
    store: BucketStore, server: FakeGCS, raw: Raw, odd: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gcs_server, "PAGE", 50)
    for number in range(230):
        raw.put(f"dir/deeper/{number % 7}/{number} ü&", b"%d" % number)
    if odd:
        raw.put("dir/deeper/3//x", b"x")
    expected = {
        (key.removeprefix("dir/deeper/"), len(each.data), each.etag.strip('"'), each.modified_ms * 10**6)
        for key, each in server.buckets[store.location.bucket].items()
    }
    assert {(e.key, e.size, e.etag, e.modified_ns) for e in store.list()} == expected
    assert len(expected) == 230 + odd


def test_a_signed_url_is_valid_for_a_while(store: BucketStore) -> None:
    store.put("a/ü b.txt", b"abc")
    with urllib.request.urlopen(store.sign("a/ü b.txt", 60), timeout=10) as answer:
        assert answer.read() == b"abc"
    url = store.sign("a/ü b.txt", 60)
    for changed in (url.replace("a/", "b/"), url.replace("Expires=60", "Expires=99")):
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(changed, timeout=10)


def test_our_own_token_is_one(server: FakeGCS, store: BucketStore) -> None:
    credentials = GCSCredentials.made(service_account(server.url, "somebody"), "test")
    access = gcs_access(store.location, credentials)
    assert caller("GET", "/", {"Authorization": f"Bearer {access.bearer_token()}"}) == "somebody"
    assert (access.endpoint, access.names.endpoint) == (server.url, "gcs_base_url in the dataset's credentials")


def test_credentials_of_a_dataset_go_before_the_environment(
    server: FakeGCS, store: BucketStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put("x", b"abc")
    other = tmp_path / "other.json"
    other.write_text(json.dumps(service_account("http://127.0.0.1:1", key=UNKNOWN)), encoding="utf-8")
    for name, text in {
        "GOOGLE_APPLICATION_CREDENTIALS": str(other),
        "GOOGLE_BASE_URL": "http://127.0.0.1:1",
        "GOOGLE_SKIP_SIGNATURE": "true",
        "GOOGLE_BUCKET": "other",
    }.items():
        monkeypatch.setenv(name, text)
    assert of_dataset(server, store).get("x", 3) == b"abc"
    monkeypatch.setenv("GOOGLE_BEARER_TOKEN", "t")
    with pytest.raises(InputError, match=r"^gs://\S+: GOOGLE_BEARER_TOKEN is set, .*; unset it$"):
        of_dataset(server, store)


def test_there_are_no_credentials(store: BucketStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "")
    with pytest.raises(InputError, match="there are no credentials; set GOOGLE_APPLICATION_CREDENTIALS to the file of"):
        BucketStore(store.location)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    with pytest.raises(InputError, match=r"^GOOGLE_APPLICATION_CREDENTIALS /\S+: cannot be read \(No such file or dir"):
        BucketStore(store.location)


def test_a_key_that_the_server_does_not_know(server: FakeGCS, store: BucketStore) -> None:
    store.put("x", b"abc")
    other = of_dataset(server, store, key=UNKNOWN)
    for call in (
        lambda: list(other.list()),
        lambda: other.get("x", 9),
        lambda: other.put("y", b""),
        lambda: other.put("x", b"", if_etag="e"),
    ):
        with pytest.raises(InputError) as told:
            call()
        assert str(told.value) == (
            f"{store.name}: the key of the service account is not valid there; check private_key and client_email in "
            "the dataset's credentials: the key may have been deleted"
        )


def test_a_bucket_that_is_not_there(store: BucketStore) -> None:
    other = BucketStore(BucketLocation("gs", "no-such-bucket", "dir"))
    for call in (
        lambda: list(other.list()),
        lambda: other.get("x", 9),
        lambda: other.head("x", 9),
        lambda: other.put("x", b"", if_etag="e"),
    ):
        with pytest.raises(InputError, match=r"^gs://no-such-bucket/dir: there is no such bucket; check its name$"):
            call()


def test_missing_rights(server: FakeGCS, store: BucketStore) -> None:
    store.put("x", b"abc")
    assert of_dataset(server, store, "nolist").get("x", 3) == b"abc"
    for call in (
        lambda: list(of_dataset(server, store, "nolist").list()),
        lambda: of_dataset(server, store, "none").get("x", 3),
    ):
        with pytest.raises(InputError, match=r"^gs://\S+: access denied; allow storage.objects.list and storage.obj"):
            call()
    assert keys(of_dataset(server, store, "noread")) == ["x"]
    with pytest.raises(PermissionError, match=r"access denied \(storage.objects.get\)$"):
        of_dataset(server, store, "noread").get("x", 3)
    with pytest.raises(
        InputError, match=r"access denied; allow storage.objects.create and storage.objects.delete there$"
    ):
        of_dataset(server, store, "nowrite").put("x", b"")


def test_a_listing_past_obstore_that_fails(store: BucketStore, raw: Raw, monkeypatch: pytest.MonkeyPatch) -> None:
    raw.put("dir/deeper/a//b", b"x")
    monkeypatch.setattr(gcs_listing, "page", lambda asking, url, *rest: real(asking, url + "x", *rest))
    with pytest.raises(InputError, match=r"there is no such bucket; check its name$"):
        list(store.list())


real = gcs_listing.page


def test_nobody_answers(store: BucketStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resources.stores.gcs_provider.RETRIES", {"max_retries": 1})
    nobody = service_account("http://127.0.0.1:1")
    other = BucketStore(store.location, GCSCredentials.made(nobody, "test"))
    for call in (lambda: list(other.list()), lambda: other.get("x", 9)):
        with pytest.raises(
            InputError, match=r"no answer \(HTTP error: error sending request\); check the network and gc"
        ):
            call()
