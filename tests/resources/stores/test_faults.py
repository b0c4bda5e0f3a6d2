"""A bucket whose server, network or credentials fail, for a while or for good: the very same bytes, or one line."""

import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from configs.errors import InputError, PassingError
from configs.stages.run_folder import RunFolderConfig
from resources.bucket_run_folder import claimed_folder
from resources.datapool import Datapool
from resources.local_copies import LocalCopies
from resources.stores import retries
from resources.stores.bucket_store import BucketStore
from resources.stores.location import BucketLocation
from resources.stores.store import Conflict
from tests.resources.stores import fault_proxy
from tests.resources.stores.fault_proxy import Answer, Fault, FaultProxy, Forward, cut, meanwhile, refusal, slow
from tests.resources.stores.fault_suite import (
    BURSTS,
    DATA,
    FaultSuite,
    copied,
    every_call,
    every_read,
    quick_retries,
)
from tests.resources.stores.s3_servers import boto3_client, environment, moto, rclone, served
from tests.resources.stores.store_suite import keys


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with moto() as url:
        yield url


@pytest.fixture
def proxy(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    """What the environment names; requests are tried again at once."""
    quick_retries(monkeypatch)
    with fault_proxy.fault_proxy(server) as started:
        for key, value in environment(started.url).items():
            monkeypatch.setenv(key, value)
        yield started


@pytest.fixture
def bucket(server: str) -> str:
    name = f"bucket-{uuid4().hex[:8]}"
    boto3_client(server).create_bucket(Bucket=name)
    return name


@pytest.fixture
def store(proxy: FaultProxy, bucket: str) -> BucketStore:
    """Holds the object `x`."""
    made = BucketStore(BucketLocation("s3", bucket, "dir"))
    made.put("x", DATA)
    proxy.clear()
    return made


@pytest.fixture
def direct(server: str, bucket: str, monkeypatch: pytest.MonkeyPatch) -> BucketStore:
    for key, value in environment(server).items():
        monkeypatch.setenv(key, value)
    return BucketStore(BucketLocation("s3", bucket, "dir"))


class TestFaultsOfS3(FaultSuite):
    def test_the_line_names_the_endpoint(self, store: BucketStore, proxy: FaultProxy) -> None:
        proxy.plan(BURSTS["reset"])
        with pytest.raises(PassingError, match=r"check the network and AWS_ENDPOINT_URL and run again: what was done"):
            keys(store)


@pytest.fixture(scope="module")
def server_of_small_pages() -> Iterator[str]:
    def command(port: int) -> list[str]:
        return [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]

    with served(command, MOTO_S3_DEFAULT_MAX_KEYS="4") as url:
        yield url


@pytest.mark.parametrize("fault", [cut(), fault_proxy.reset_in_body], ids=["cut", "reset"])
def test_a_listing_that_is_cut(server_of_small_pages: str, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    name, client = f"bucket-{uuid4().hex[:8]}", boto3_client(server_of_small_pages)
    client.create_bucket(Bucket=name)
    for number in range(10):
        client.put_object(Bucket=name, Key=f"dir/{number % 2}{number}", Body=b"x" * number)
    expected = [f"{number % 2}{number}" for number in (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)]
    with fault_proxy.fault_proxy(server_of_small_pages) as proxy:
        for key, value in environment(proxy.url).items():
            monkeypatch.setenv(key, value)
        store = BucketStore(BucketLocation("s3", name, "dir"))
        for begin in ("", "1"):
            proxy.plan(fault, key="^$", times=1)
            proxy.plan(fault, key="^$", times=1, after=2)  # the second page
            proxy.plan(fault, key="^$", times=1, after=5)  # the third one
            listed = {each.key: each.size for each in store.list(begin)}
            assert list(listed) == [key for key in expected if key.startswith(begin)]
            assert listed == {key: int(key[1:]) for key in listed}
            assert proxy.count() == 9
            proxy.clear()
        proxy.plan(fault, key="^$")
        with pytest.raises(PassingError, match=rf"^{store.name}: no answer \(.*body error\); check the network"):
            keys(store)
        assert proxy.count() == retries.LISTINGS


def test_a_larger_object_in_place_of_the_one_that_was_cut(
    store: BucketStore, proxy: FaultProxy, direct: BucketStore
) -> None:
    proxy.plan(cut(), method="GET", key="x$", times=1)
    proxy.plan(meanwhile(partial(direct.put, "x", DATA + b"1")), method="GET", key="x$", times=1, after=1)
    with pytest.raises(OSError, match="its 3,072,001 bytes exceed the limit of 3,072,000 bytes"):
        store.get("x", len(DATA))


def trickle(handler: Any, forward: Forward) -> None:
    """All of the body, in pieces that each come in time."""
    found = forward()
    handler.answer(found, 0)
    step = len(found.body) // 8
    for start in range(0, len(found.body), step):
        time.sleep(0.1)
        handler.wfile.write(found.body[start : start + step])


@every_read
def test_slow_bodies(
    store: BucketStore, proxy: FaultProxy, read: Callable[[BucketStore], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A body may take as long as it likes while bytes come; after a silence it is gone on with."""
    patience = {**retries.PATIENCE, "read_timeout": timedelta(seconds=0.5)}
    monkeypatch.setattr("resources.stores.s3_client.PATIENCE", patience)
    impatient = BucketStore(store.location)
    proxy.plan(trickle, method="GET", key="x$")
    assert read(impatient) == DATA
    silent, proxy_requests = slow(1.5), proxy.count("GET", "x$")
    proxy.clear()
    proxy.plan(silent, method="GET", key="x$", times=1)
    assert read(impatient) == DATA
    assert proxy.count("GET", "x$") == 2
    assert proxy_requests <= 2  # one, unless this machine was too busy to send in time


@every_call
@pytest.mark.parametrize("status", [400, 403])
def test_credentials_that_expire_in_the_middle(
    store: BucketStore, proxy: FaultProxy, status: int, call: Callable[[BucketStore], Any], expected: Any
) -> None:
    assert call(store) == expected
    proxy.plan(refusal(status, "ExpiredToken"))
    line = f"{store.name}: the credentials have expired; renew them and run again: what was done is kept"
    with pytest.raises(InputError) as told:
        call(store)
    assert (type(told.value), str(told.value)) == (InputError, line)


@every_call
@pytest.mark.parametrize(
    "fault", [refusal(301, "PermanentRedirect"), refusal(400, "AuthorizationHeaderMalformed")], ids=["301", "400"]
)
def test_the_wrong_region(
    store: BucketStore, proxy: FaultProxy, fault: Fault, call: Callable[[BucketStore], Any], expected: Any
) -> None:
    proxy.plan(fault)
    with pytest.raises(InputError) as told:
        call(store)
    line = f"{store.name}: the bucket lies in another region; set AWS_REGION to the region of the bucket"
    assert (type(told.value), str(told.value)) == (InputError, line)


def denied_removal(key: str) -> Fault:
    """As S3 answers a request to remove several objects of which none may be removed: 200, and why in the body."""
    error = f"<Error><Key>{key}</Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"

    def fault(handler: Any, _: Forward) -> None:
        handler.answer(Answer(200, [], f"<DeleteResult>{error}</DeleteResult>".encode()))

    return fault


def test_rights_that_are_missing(store: BucketStore, proxy: FaultProxy) -> None:
    denied = refusal(403, "AccessDenied")
    proxy.plan(denied, key="x$")
    for call in (lambda: store.get("x", len(DATA)), lambda: store.head("x", 9), lambda: copied(store)):
        with pytest.raises(PermissionError, match=r"access denied \(s3:GetObject\)"):
            call()
    proxy.plan(denied, method="POST", key="^$")  # as S3 takes removals
    with pytest.raises(PermissionError, match=r"access denied \(s3:DeleteObject\)"):
        store.remove("x")
    proxy.clear()
    proxy.plan(denied, method="HEAD", key="x$")
    with pytest.raises(InputError, match=f"^{store.name}: access denied; allow s3:GetObject there$"):
        store.find("x")
    proxy.clear()
    proxy.plan(denied_removal("dir/x"), method="POST", key="^$", times=1)
    with pytest.raises(PermissionError, match=r"access denied \(s3:DeleteObject\)"):
        store.remove("x")
    proxy.plan(denied_removal("dir/.winnow-probe"), method="POST", key="^$")
    store.require_writable()  # who may not remove may still write
    proxy.plan(denied, key="x$")
    with pytest.raises(InputError, match=f"^{store.name}: access denied; allow s3:PutObject there$"):
        store.put("x", b"")
    assert keys(store) == [".winnow-probe", "x"]
    proxy.plan(denied)
    words = "access denied; allow s3:ListBucket on the bucket and s3:GetObject on its objects"
    for call in (lambda: keys(store), lambda: store.get("x", len(DATA)), lambda: store.put("x", b"")):
        with pytest.raises(InputError, match=f"^{store.name}: {words}$"):
            call()


def test_large_files_are_put_whole_or_not_at_all(store: BucketStore, proxy: FaultProxy, tmp_path: Path) -> None:
    data = DATA * 5
    (tmp_path / "large").write_bytes(data)
    for name, fault in {**BURSTS, "unheard": fault_proxy.reset_when_done}.items():
        proxy.clear()
        proxy.plan(fault, method="PUT", times=2)
        proxy.plan(fault, method="POST", times=1)
        store.put(name, tmp_path / "large")
        assert store.get(name, len(data)) == data
    proxy.clear()
    proxy.plan(BURSTS["503"], method="PUT", after=1)
    with pytest.raises(PassingError, match=f"^{store.name}: requests are throttled"):
        store.put("x", tmp_path / "large")
    proxy.clear()
    assert store.get("x", len(DATA)) == DATA


def test_a_write_on_a_condition_that_nobody_heard_of_is_not_done_twice(store: BucketStore, proxy: FaultProxy) -> None:
    """Whether it was done cannot be known: the next run sees it."""
    proxy.plan(fault_proxy.reset_when_done, method="PUT", times=1)
    with pytest.raises(PassingError, match="no answer"):
        store.put("new", b"ours", if_absent=True)
    assert store.get("new", 9) == b"ours"
    assert proxy.count("PUT") == 1
    with pytest.raises(Conflict):
        store.put("new", b"theirs", if_absent=True)


def test_a_write_on_a_condition_that_was_done_and_refused_is_known_again(
    store: BucketStore, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The second try meets what the first one has written."""
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))

    def unlucky() -> None:
        proxy.clear()
        proxy.plan(fault_proxy.refused_when_done, method="PUT", times=1)

    unlucky()
    with pytest.raises(Conflict):
        store.put("new", b"ours", if_absent=True)
    assert proxy.count("PUT") == 2

    def claim(content: bytes) -> str:
        return claimed_folder(store, RunFolderConfig(run_directory="run"), lambda _: content, lambda _: False)

    unlucky()
    assert claim(b"of one run") == "run"
    with pytest.raises(InputError, match=r"^run_directory=run: .* exists and is not empty"):
        claim(b"of another run")

    pool = Datapool("pool", store)
    store.put("pool/datapool_latest.csv", b"present")
    unlucky()
    assert pool.archive() == store.place("pool/history/datapool_000001.csv")
    assert keys(store, "pool/history/") == ["pool/history/datapool_000001.csv"]


@pytest.fixture
def full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where copies of `x` go: each write fails as on a full disk."""
    folder = tmp_path / "copies"
    folder.mkdir()
    (folder / "x").symlink_to("/dev/full")

    class Temporary:
        def __init__(self, **_: Any) -> None: ...

        def __enter__(self) -> str:
            return str(folder)

        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr("resources.stores.bucket_store.tempfile.TemporaryDirectory", Temporary)
    return folder


def test_a_full_disk_under_a_copy(store: BucketStore, full_disk: Path) -> None:
    line = f"{full_disk}: the disk is full; free some space in {full_disk.parent} and run again"
    copies = LocalCopies()
    for call in (lambda: copied(store), lambda: copies.path(store, "x")):
        with pytest.raises(InputError) as told:
            call()
        assert (type(told.value), str(told.value)) == (InputError, line)
    (full_disk / "x").unlink()
    path = copies.path(store, "x")
    assert path is not None and path.read_bytes() == DATA


def test_signatures_stay_right_through_a_proxy_that_fails(
    tmp_path: Path, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request that is tried again is signed again, the rest of a body that was cut among them."""
    (tmp_path / "served" / "bucket").mkdir(parents=True)
    with rclone(tmp_path / "served") as url, fault_proxy.fault_proxy(url) as signed:
        monkeypatch.setenv("AWS_ENDPOINT_URL", signed.url)
        store = BucketStore(BucketLocation("s3", "bucket", "dir"))
        signed.plan(BURSTS["503"], times=2)
        store.put("a/ü b.txt", DATA)
        signed.plan(fault_proxy.reset, times=1)
        signed.plan(cut(), method="GET", times=2, after=1)
        assert store.get("a/ü b.txt", len(DATA)) == DATA
        assert (tmp_path / "served" / "bucket" / "dir" / "a" / "ü b.txt").read_bytes() == DATA
        assert keys(store) == ["a/ü b.txt"]
