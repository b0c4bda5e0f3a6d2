"""A container of Azure as a store, on Azurite, which checks SAS tokens."""

import base64
import urllib.request
from collections.abc import Iterator
from uuid import uuid4

import pytest

from configs.credentials.azure import AzureCredentials
from configs.errors import InputError
from resources.stores import azure_listing
from resources.stores.azure_listing import azure_listing as listed_past_obstore
from resources.stores.bucket_store import BucketStore
from resources.stores.location import BucketLocation
from resources.stores.provider import CannotListError
from tests.resources.stores.azure_server import (
    ACCOUNT,
    azurite,
    create_container,
    environment,
    get_blob,
    put_blob,
    sas,
)
from tests.resources.stores.bucket_suite import NO_PATHS, ODD_KEYS, BucketSuite, Raw
from tests.resources.stores.fault_proxy import FaultProxy, fault_proxy
from tests.resources.stores.fault_suite import DATA, FaultSuite, quick_retries
from tests.resources.stores.store_suite import keys

OTHER_KEY = base64.b64encode(b"the key of another account").decode()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with azurite(tmp_path_factory.mktemp("azurite")) as url:
        yield url


@pytest.fixture
def container(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Empty, and opened by the environment."""
    name = f"container-{uuid4().hex[:8]}"
    for key, value in environment(server, sas(name)).items():
        monkeypatch.setenv(key, value)
    create_container(server, name)
    return name


@pytest.fixture
def store(container: str) -> BucketStore:
    return BucketStore(BucketLocation("az", container, "dir/deeper"))


@pytest.fixture
def raw(server: str, container: str) -> Raw:
    return Raw(lambda key, data: put_blob(server, container, key, data), lambda key: get_blob(server, container, key))


class TestAzureStore(BucketSuite):
    no_paths = tuple(key for key in NO_PATHS if key.isprintable())  # Azurite lists no others

    @pytest.mark.parametrize("key", [key for key in ODD_KEYS if "\\" not in key])  # Azure makes a slash of it
    def test_odd_keys(self, store: BucketStore, raw: Raw, key: str) -> None:
        super().test_odd_keys(store, raw, key)


class TestFaultsOfAzure(FaultSuite):
    @pytest.fixture
    def direct(self, container: str) -> BucketStore:
        return BucketStore(BucketLocation("az", container, "dir"))

    @pytest.fixture
    def proxy(self, server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
        quick_retries(monkeypatch)
        with fault_proxy(server) as started:
            yield started

    @pytest.fixture
    def store(self, direct: BucketStore, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch) -> BucketStore:
        direct.put("x", DATA)
        monkeypatch.setenv("AZURE_STORAGE_ENDPOINT", f"{proxy.url}/{ACCOUNT}")
        return BucketStore(direct.location)


def with_token(server: str, store: BucketStore, token: str) -> BucketStore:
    given = {"account_name": ACCOUNT, "sas_token": token, "endpoint_url": server, "allow_http": True}
    return BucketStore(store.location, AzureCredentials.made(given, "test"))


def test_a_listing_past_obstore_has_pages_too(server: str, store: BucketStore, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(23):
        store.put(f"{number % 3}/{number} ü&", b"%d" % number)
    asked: list[str] = []

    def five(asking, url, query, headers):  # type: ignore[no-untyped-def]
        asked.append(query["marker"])
        return real(asking, url, {**query, "maxresults": "5"}, headers)

    monkeypatch.setattr(azure_listing, "page", five)
    token = sas(store.location.bucket)
    found = list(listed_past_obstore(f"{server}/{store.location.bucket}", token, "dir/deeper/"))
    expected = [(f"dir/deeper/{each.key}", each.size, each.modified_ns, each.etag) for each in store.list()]
    assert sorted(found) == sorted(expected) and len(found) == 23
    assert len(asked) == len(set(asked)) == 5


real = azure_listing.page


def test_names_that_are_no_xml_are_encoded() -> None:
    """As Azure does it, and Azurite does not."""
    from xml.etree.ElementTree import fromstring

    about = (
        "<Properties><Last-Modified>Fri, 27 Nov 2026 04:04:26 GMT</Last-Modified><Etag>0x1</Etag>"
        "<Content-Length>7</Content-Length></Properties>"
    )
    for name, key in (('<Name Encoded="true">a%01%25b</Name>', "a\x01%b"), ("<Name>a%01</Name>", "a%01")):
        found = azure_listing._listed(fromstring(f"<Blob>{name}{about}</Blob>"))
        assert found == (key, 7, 1_795_752_266 * 10**9, "0x1")


def test_a_token_stands_in_no_error(server: str, store: BucketStore) -> None:
    token = sas(store.location.bucket, key=OTHER_KEY)
    with pytest.raises(CannotListError) as told:
        list(listed_past_obstore(f"{server}/{store.location.bucket}", token, ""))
    assert "<Code>AuthorizationFailure</Code>" in str(told.value) and "sig=" not in str(told.value)
    with pytest.raises(CannotListError) as told:
        azure_listing.session().get_adapter("http://").max_retries.total = 0
        list(listed_past_obstore("http://127.0.0.1:1/x", token, ""))
    assert str(told.value) == "ConnectionError"


def test_a_signed_url_has_the_token(store: BucketStore) -> None:
    store.put("a/ü b.txt", b"abc")
    with urllib.request.urlopen(store.sign("a/ü b.txt", 60), timeout=10) as answer:
        assert answer.read() == b"abc"


def test_credentials_of_a_dataset_go_before_the_environment(
    server: str, store: BucketStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put("x", b"abc")
    for name, text in {
        "AZURE_STORAGE_ACCOUNT_NAME": "other",
        "AZURE_STORAGE_ACCOUNT_KEY": OTHER_KEY,
        "AZURE_STORAGE_SAS_TOKEN": "sig=other",
        "AZURE_STORAGE_ENDPOINT": "http://127.0.0.1:1",
        "AZURE_STORAGE_USE_EMULATOR": "true",
        "AZURE_SKIP_SIGNATURE": "true",
        "AZURE_CREDENTIAL_TYPE": "access_key",
    }.items():
        monkeypatch.setenv(name, text)
    assert with_token(server, store, f"?{sas(store.location.bucket)}").get("x", 3) == b"abc"


def test_there_are_no_credentials(store: BucketStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_ALLOW_HTTP", "")
    with pytest.raises(InputError) as told:
        BucketStore(store.location)
    assert str(told.value) == (
        f"{store.name}: AZURE_STORAGE_ENDPOINT is not encrypted; use https://, or set AZURE_ALLOW_HTTP=true"
    )
    monkeypatch.delenv("AZURE_STORAGE_SAS_TOKEN")
    with pytest.raises(InputError, match=r"there are no credentials; set AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE"):
        BucketStore(store.location)


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (
            {"key": OTHER_KEY},
            "the SAS token is not valid there; check sas_token in the dataset's credentials and account_name in the "
            "dataset's credentials, and that it is for this container",
        ),
        (
            {"hours": -1},
            "the SAS token has expired; set sas_token in the dataset's credentials anew and run again: what was done "
            "is kept",
        ),
        (
            {"permissions": "cw"},
            "the SAS token does not permit it; give it the permissions Read (r) and List (l)",
        ),
    ],
)
def test_tokens_that_open_nothing(server: str, store: BucketStore, options: dict[str, str], fault: str) -> None:
    store.put("x", b"abc")
    other = with_token(server, store, sas(store.location.bucket, **options))  # type: ignore[arg-type]
    for call in (lambda: list(other.list()), lambda: other.get("x", 9)):
        with pytest.raises(InputError) as told:
            call()
        assert str(told.value) == f"{store.name}: {fault}"


def test_missing_permissions(server: str, store: BucketStore) -> None:
    store.put("x", b"abc")
    place = store.location.bucket
    assert with_token(server, store, sas(place, "r")).get("x", 3) == b"abc"
    only_listing = with_token(server, store, sas(place, "l"))
    assert keys(only_listing) == ["x"]
    with pytest.raises(PermissionError, match=r"access denied \(permission Read \(r\) of the SAS token\)$"):
        only_listing.get("x", 3)
    with pytest.raises(InputError, match=r"access denied; allow permissions Create \(c\) and Write \(w\) of the SAS"):
        only_listing.put("x", b"")


def test_a_container_that_is_not_there(server: str, store: BucketStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_SAS_TOKEN", sas("no-such-container"))
    other = BucketStore(BucketLocation("az", "no-such-container", "dir"))
    for call in (lambda: list(other.list()), lambda: other.get("x", 9), lambda: other.put("x", b"")):
        with pytest.raises(InputError) as told:
            call()
        assert str(told.value) == (
            "az://no-such-container/dir: there is no such container; check its name, AZURE_STORAGE_ACCOUNT_NAME and "
            "AZURE_STORAGE_ENDPOINT"
        )


def test_nobody_answers(store: BucketStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resources.stores.azure_provider.RETRIES", {"max_retries": 1})
    other = with_token("http://127.0.0.1:1", store, "sig=x")
    for call in (lambda: list(other.list()), lambda: other.get("x", 9)):
        with pytest.raises(
            InputError, match=r"no answer \(HTTP error: error sending request\); check the network and en"
        ):
            call()


def test_who_may_not_remove_may_still_write(server: str, store: BucketStore) -> None:
    writer = with_token(server, store, sas(store.location.bucket, "rcwl"))
    writer.require_writable()
    writer.put("x", b"abc")
    with pytest.raises(PermissionError, match=r"access denied \(permission Delete \(d\) of the SAS token\)$"):
        writer.remove("x")
