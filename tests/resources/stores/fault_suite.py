"""What every bucket must bear: bursts of refusals, connections that break, bodies that are cut, changes meanwhile.

A file of tests per provider defines the fixtures `proxy`, `store` (through the proxy, with an object `x`) and `direct`
(the same folder past the proxy), and inherits.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from configs.errors import PassingError
from resources.stores.bucket_store import BucketStore
from resources.stores.store import Conflict
from tests.resources.stores import fault_proxy
from tests.resources.stores.fault_proxy import Fault, FaultProxy, cut, meanwhile, refusal
from tests.resources.stores.store_suite import keys

DATA = bytes(range(256)) * 12_000
OTHER = DATA[::-1]
QUICK = {
    "max_retries": 3,
    "retry_timeout": timedelta(seconds=60),
    "backoff": {"init_backoff": timedelta(milliseconds=2), "max_backoff": timedelta(milliseconds=9), "base": 2},
}
BURSTS = {
    "500": refusal(500, "InternalError"),
    "502": refusal(502),
    "503": refusal(503),
    "throttled": refusal(503, "SlowDown"),
    "too many": refusal(429),
    "reset": fault_proxy.reset,
}
CUTS = {"cut": cut(), "cut at once": cut(0.0), "all but the end": cut(0.9999), "reset": fault_proxy.reset_in_body}


def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests are tried again at once."""
    for provider in ("s3_client", "gcs_provider", "azure_provider"):
        monkeypatch.setattr(f"resources.stores.{provider}.RETRIES", QUICK)


def copied(store: BucketStore) -> bytes:
    with store.local_copy("x") as path:
        return path.read_bytes()


READS: dict[str, Callable[[BucketStore], bytes]] = {
    "get": lambda store: store.get("x", len(DATA)),
    "local_copy": copied,
}
CALLS: dict[str, tuple[Callable[[BucketStore], Any], Any]] = {
    "get": (READS["get"], DATA),
    "local_copy": (copied, DATA),
    "head": (lambda store: store.head("x", 300), DATA[:300]),
    "list": (keys, ["x"]),
    "find": (lambda store: (store.find("x") or pytest.fail("gone")).size, len(DATA)),
    "put": (lambda store: store.put("x", DATA) == next(store.list()).etag, True),
    "put if unchanged": (lambda store: store.put("x", DATA, if_etag=next(store.list()).etag) != "", True),
}
every_call = pytest.mark.parametrize(("call", "expected"), CALLS.values(), ids=CALLS)
every_read = pytest.mark.parametrize("read", READS.values(), ids=READS)
Read = Callable[[BucketStore], bytes]


class FaultSuite:
    @every_call
    @pytest.mark.parametrize("fault", BURSTS.values(), ids=BURSTS)
    def test_bursts_are_survived(
        self, store: BucketStore, proxy: FaultProxy, fault: Fault, call: Callable[[BucketStore], Any], expected: Any
    ) -> None:
        proxy.plan(fault, times=2)
        assert call(store) == expected
        assert proxy.count() >= 3

    @every_call
    @pytest.mark.parametrize(
        ("fault", "words"),
        [
            (BURSTS["500"], "the server answers 500.*"),
            (BURSTS["503"], "requests are throttled for too long"),
            (BURSTS["too many"], "(requests are throttled for too long|the server answers 429)"),
            (BURSTS["reset"], r"no answer \(.*\); check the network and .*"),
        ],
        ids=["500", "503", "too many", "reset"],
    )
    def test_what_stays_passes_later(
        self,
        store: BucketStore,
        proxy: FaultProxy,
        fault: Fault,
        words: str,
        call: Callable[[BucketStore], Any],
        expected: Any,
    ) -> None:
        proxy.plan(fault)
        with pytest.raises(
            PassingError, match=rf"^{store.name}: {words}(;| and) run again.*: what was done is kept$"
        ) as told:
            call(store)
        assert "\n" not in str(told.value) and "http://" not in str(told.value)
        assert 1 <= proxy.count() <= 1 + int(QUICK["max_retries"])  # type: ignore[call-overload]
        proxy.clear()
        assert call(store) == expected

    @every_read
    @pytest.mark.parametrize("fault", CUTS.values(), ids=CUTS)
    def test_bodies_that_end_too_early_are_read_whole(
        self, store: BucketStore, proxy: FaultProxy, fault: Fault, read: Read
    ) -> None:
        proxy.plan(fault, method="GET", key="x$", times=3)
        assert read(store) == DATA
        assert proxy.count("GET", "x$") == 4

    @every_read
    @pytest.mark.parametrize("fault", CUTS.values(), ids=CUTS)
    def test_short_bytes_are_never_given_as_the_whole(
        self, store: BucketStore, proxy: FaultProxy, fault: Fault, read: Read
    ) -> None:
        """Though each answer brings some bytes that the one before did not."""
        proxy.plan(fault, method="GET", key="x$")
        with pytest.raises(PassingError, match=rf"^{store.name}: no answer \(.*body error\); check the network"):
            read(store)
        proxy.clear()
        assert read(store) == DATA

    @every_read
    def test_an_object_that_is_overwritten_while_it_is_read_is_the_new_one(
        self, store: BucketStore, direct: BucketStore, proxy: FaultProxy, read: Read
    ) -> None:
        """Never the begin of one and the end of the other."""
        proxy.plan(cut(), method="GET", key="x$", times=1)
        proxy.plan(meanwhile(partial(direct.put, "x", OTHER)), method="GET", key="x$", times=1, after=1)
        assert read(store) == OTHER

    @every_read
    def test_an_object_that_is_removed_while_it_is_read_is_missing(
        self, store: BucketStore, direct: BucketStore, proxy: FaultProxy, read: Read
    ) -> None:
        proxy.plan(cut(), method="GET", key="x$", times=1)
        proxy.plan(meanwhile(partial(direct.remove, "x")), method="GET", key="x$", times=1, after=1)
        with pytest.raises(FileNotFoundError, match=f"no such object in {store.name}"):
            read(store)

    def test_of_two_writes_on_a_condition_one_is_done(
        self, store: BucketStore, direct: BucketStore, proxy: FaultProxy
    ) -> None:
        etag = next(direct.list()).etag
        proxy.plan(BURSTS["503"], method="PUT", times=1)
        proxy.plan(meanwhile(partial(direct.put, "x", OTHER)), method="PUT", times=1, after=1)
        with pytest.raises(Conflict):
            store.put("x", DATA, if_etag=etag)
        assert direct.get("x", len(DATA)) == OTHER
