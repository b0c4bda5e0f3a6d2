"""When objects go, as servers tell it: Amazon's rules on moto and rclone, Google's, times set on blobs of Azure."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from configs.errors import PassingError
from resources.stores import azure_listing
from resources.stores.bucket_store import BucketStore
from resources.stores.expirations import DAY_NS, Dated, Expirations
from resources.stores.local_store import LocalStore
from resources.stores.location import BucketLocation
from resources.stores.s3_access import s3_access
from resources.stores.s3_requests import bucket_url, signed_session
from tests.resources.stores import azure_server, gcs_server
from tests.resources.stores.azure_server import azurite, create_container, put_blob, sas
from tests.resources.stores.bucket_suite import ODD_KEYS
from tests.resources.stores.fault_proxy import Answer, Fault, FaultProxy, fault_proxy, refusal
from tests.resources.stores.gcs_server import FakeGCS, fake_gcs
from tests.resources.stores.gcs_signatures import service_account
from tests.resources.stores.s3_servers import KEYS, boto3_client, environment, moto, rclone

NOW = time.time_ns()
SOON, LATER = NOW + 4 * DAY_NS, NOW + 300 * DAY_NS
RULES = "the rules by which {} deletes objects cannot be read ({}), so none counts as about to be deleted"


def dated(store: BucketStore) -> list[Dated]:
    return [Dated(each.key, each.size, each.modified_ns) for each in store.list()]


def midnight_after(moment_ns: int, days: int) -> int:
    moment = datetime.fromtimestamp((moment_ns - 1) // 10**9, UTC) + timedelta(days=days + 1)
    return int(moment.replace(hour=0, minute=0, second=0).timestamp()) * 10**9


def answering(status: int, body: bytes, **headers: str) -> Fault:
    told = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return lambda handler, _: handler.answer(Answer(status, told, body))


# Amazon


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    with moto() as url:
        yield url


@pytest.fixture
def proxy(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    monkeypatch.setattr("resources.stores.signed_pages.RETRIES", {"max_retries": 1})
    with fault_proxy(s3_server) as started:
        for key, value in environment(started.url).items():
            monkeypatch.setenv(key, value)
        yield started


@pytest.fixture
def s3(s3_server: str, proxy: FaultProxy) -> BucketStore:
    """Holds a.jpg, tmp/b.jpg and tmp/c.jpg in the folder in."""
    name = f"bucket-{uuid4().hex[:8]}"
    boto3_client(s3_server).create_bucket(Bucket=name)
    store = BucketStore(BucketLocation("s3", name, "in"))
    for key in ("a.jpg", "tmp/b.jpg", "tmp/c.jpg"):
        store.put(key, b"abc")
    proxy.clear()
    return store


def set_rules(server: str, store: BucketStore, *rules: dict[str, Any]) -> None:
    written = [{"ID": str(number), "Status": "Enabled", **rule} for number, rule in enumerate(rules)]
    boto3_client(server).put_bucket_lifecycle_configuration(
        Bucket=store.location.bucket, LifecycleConfiguration={"Rules": written}
    )


def test_a_bucket_without_rules_costs_one_request(s3: BucketStore, proxy: FaultProxy) -> None:
    objects = dated(s3)
    proxy.clear()
    assert s3.expirations(objects, None) == Expirations({})
    assert proxy.count() == 1
    assert s3.expirations(objects, LATER) == Expirations({})
    assert proxy.count() == 2


def test_rules_of_amazon(s3_server: str, s3: BucketStore, proxy: FaultProxy) -> None:
    set_rules(
        s3_server,
        s3,
        {"Filter": {"Prefix": "in/tmp/"}, "Expiration": {"Days": 2}},
        {"Filter": {"Prefix": "in/"}, "Expiration": {"Days": 200}},
        {"Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 1}},  # of another folder
        {"Filter": {"Prefix": "in/"}, "Status": "Disabled", "Expiration": {"Days": 1}},
    )
    objects = dated(s3)
    moments = {each.key: midnight_after(each.modified_ns, 2 if "tmp/" in each.key else 200) for each in objects}
    proxy.clear()
    assert s3.expirations(objects, None).moments == s3.expirations(objects, LATER).moments == moments
    assert s3.expirations(objects, SOON).moments.keys() == {"tmp/b.jpg", "tmp/c.jpg"}
    assert s3.expirations(objects, min(moments.values())).moments == {}
    assert s3.expirations(objects[:2], SOON).moments.keys() == {"tmp/b.jpg"}
    assert proxy.count() == 5


def test_a_day_that_has_passed(s3_server: str, s3: BucketStore) -> None:
    set_rules(s3_server, s3, {"Filter": {"Prefix": ""}, "Expiration": {"Date": "2024-05-06T00:00:00Z"}})
    day = int(datetime(2024, 5, 6, tzinfo=UTC).timestamp()) * 10**9
    assert set(s3.expirations(dated(s3), NOW).moments.values()) == {day}


def test_where_tags_decide_each_object_is_asked_for(s3_server: str, s3: BucketStore, proxy: FaultProxy) -> None:
    tagged = {"And": {"Prefix": "in/tmp/", "Tags": [{"Key": "a", "Value": "b"}]}}
    set_rules(s3_server, s3, {"Filter": tagged, "Expiration": {"Days": 1}})
    objects = dated(s3)
    proxy.clear()
    goes = datetime.fromtimestamp(midnight_after(NOW, 1) // 10**9, UTC)
    header = f'expiry-date="{goes:%a, %d %b %Y %H:%M:%S GMT}", rule-id="0"'
    proxy.plan(answering(200, b"", x_amz_expiration=header), method="HEAD", key="c.jpg$")
    assert s3.expirations(objects, SOON).moments == {"tmp/c.jpg": midnight_after(NOW, 1)}
    assert (proxy.count("HEAD"), proxy.count("HEAD", "^in/tmp/")) == (2, 2)
    assert s3.expirations(objects, NOW).moments == {}  # none goes so soon, whatever its tags
    assert s3.expirations(objects, None) == Expirations({})  # who has not asked is told of sure rules only
    assert proxy.count("HEAD") == 2
    proxy.plan(refusal(403), method="HEAD", key="b.jpg$")
    proxy.plan(refusal(404), method="HEAD", key="c.jpg$")
    assert s3.expirations(objects, SOON).moments.keys() == {"tmp/c.jpg"}  # the first plan of it counts
    proxy.clear()
    proxy.plan(refusal(503), method="HEAD", key="b.jpg$")
    with pytest.raises(PassingError, match=r"requests are throttled for too long; run again later"):
        s3.expirations(objects, SOON)


@pytest.mark.parametrize(
    ("fault", "reason", "mend"),
    [
        (refusal(403, "AccessDenied"), "AccessDenied", "; allow s3:GetLifecycleConfiguration on the bucket"),
        (refusal(501, "NotImplemented"), "NotImplemented", ""),
        (refusal(405), "405", ""),
        (refusal(404, "NoSuchKey"), "NoSuchKey", ""),
        (answering(200, b"<ListBucketResult></ListBucketResult>"), "NotImplemented", ""),
    ],
)
def test_rules_that_amazon_does_not_tell(
    s3: BucketStore, proxy: FaultProxy, fault: Fault, reason: str, mend: str
) -> None:
    objects = dated(s3)
    proxy.plan(fault, key="^$")
    told = RULES.format(s3.location.place, reason) + mend
    assert s3.expirations(objects, SOON) == s3.expirations(objects, None) == Expirations({}, told)


NO_DAYS = b"<Rule><Status>Enabled</Status><Expiration><Days>x</Days></Expiration></Rule>"
NO_RULES = b"<LifecycleConfiguration>" + NO_DAYS + b"</LifecycleConfiguration>"


@pytest.mark.parametrize("fault", [refusal(500), refusal(429), answering(200, b"what?"), answering(200, NO_RULES)])
def test_a_server_that_fails_ends_only_a_run_that_has_asked(s3: BucketStore, proxy: FaultProxy, fault: Fault) -> None:
    objects = dated(s3)
    proxy.plan(fault, key="^$")
    with pytest.raises(PassingError, match=f"^{s3.name}: "):
        s3.expirations(objects, SOON)
    assert s3.expirations(objects, None) == Expirations({})


def test_requests_are_signed_as_a_server_that_checks_wants_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """rclone, which knows no rules and answers with a listing."""
    (tmp_path / "pictures" / "in").mkdir(parents=True)
    (tmp_path / "pictures" / "in" / "a.jpg").write_bytes(b"abc")
    odd = [key for key in ODD_KEYS if "\\" not in key and "/" not in key]
    for key in odd:
        (tmp_path / "pictures" / key).write_bytes(b"x")
    with rclone(tmp_path) as url:
        for key, value in environment(url).items():
            monkeypatch.setenv(key, value)
        store = BucketStore(BucketLocation("s3", "pictures", "in"))
        told = RULES.format("s3://pictures", "NotImplemented")
        assert store.expirations(dated(store), SOON) == Expirations({}, told)
        access = s3_access(store.location)
        assert [key for key in odd if not signed_session(access).head(_url(store.location, key)).ok] == []
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
        assert signed_session(s3_access(store.location)).head(_url(store.location, odd[0])).status_code == 403


def _url(location: BucketLocation, key: str) -> str:
    from urllib.parse import quote

    return f"{bucket_url(location, s3_access(location))}/{quote(key)}"


@pytest.mark.parametrize(
    ("bucket", "url"),
    [
        ("pictures", "https://pictures.s3.eu-central-1.amazonaws.com"),
        ("pictures.of.cats", "https://s3.eu-central-1.amazonaws.com/pictures.of.cats"),
    ],
)
def test_the_address_is_the_one_that_reads_use(bucket: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in {**KEYS, "AWS_REGION": "eu-central-1"}.items():
        monkeypatch.setenv(key, value)
    location = BucketLocation("s3", bucket, "")
    assert bucket_url(location, s3_access(location)) == url
    assert BucketStore(location).sign("b.jpg", 60).partition("?")[0] == f"{url}/b.jpg"


# Google


@pytest.fixture
def gcs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGCS]:
    with fake_gcs() as server:
        (tmp_path / "key.json").write_text(json.dumps(service_account(server.url)), encoding="utf-8")
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "key.json"))
        server.buckets["pictures"] = {}
        yield server


def days_ago(days: float) -> str:
    return datetime.fromtimestamp((NOW - days * DAY_NS) / 1e9, UTC).isoformat(timespec="milliseconds")


def deleting(**condition: Any) -> dict[str, Any]:
    return {"action": {"type": "Delete"}, "condition": condition}


@pytest.fixture
def gs(gcs: FakeGCS) -> BucketStore:
    for key, about in {
        "old.jpg": {"timeCreated": days_ago(29)},
        "cold/x.jpg": {"storageClass": "COLDLINE"},
        "cold/y.jpg": {},
        "dated.jpg": {"customTime": days_ago(100)},
    }.items():
        gcs.put("pictures", f"in/{key}", b"abc", **about)
    gcs.put("pictures", "inside.jpg", b"abc")
    return BucketStore(BucketLocation("gs", "pictures", "in"))


def test_buckets_of_google_without_rules_cost_one_request(gcs: FakeGCS, gs: BucketStore) -> None:
    objects = dated(gs)
    assert gs.expirations(objects, None) == gs.expirations(objects, LATER) == Expirations({})
    gcs.lifecycles["pictures"] = {"rule": [deleting(age=3, isLive=False)]}
    assert gs.expirations(objects, LATER) == Expirations({})
    assert gcs.asked == 3


@pytest.mark.parametrize("page", [1, 2, 1_000])
def test_rules_of_google(gcs: FakeGCS, gs: BucketStore, page: int, monkeypatch: pytest.MonkeyPatch) -> None:
    objects = dated(gs)
    monkeypatch.setattr(gcs_server, "PAGE", page)
    gcs.lifecycles["pictures"] = {
        "rule": [
            deleting(age=30),
            deleting(age=2, matchesStorageClass=["COLDLINE"]),
            deleting(daysSinceCustomTime=101, matchesSuffix=[".jpg"]),
            deleting(age=1, matchesPrefix=["inside"]),
        ]
    }
    asked = gs.expirations(objects, SOON).moments
    assert asked.keys() == {"old.jpg", "cold/x.jpg", "dated.jpg"}
    left = {key: (moment - NOW) / DAY_NS for key, moment in asked.items()}
    assert left == pytest.approx({"old.jpg": 1, "cold/x.jpg": 2, "dated.jpg": 1}, abs=0.01)
    assert gs.expirations(objects, LATER).moments.keys() == {"old.jpg", "cold/x.jpg", "cold/y.jpg", "dated.jpg"}
    assert gs.expirations(objects[:1], LATER).moments.keys() == {objects[0].key}
    before = gcs.asked
    assert set(gs.expirations(objects, None).moments) == {each.key for each in objects}  # after 30 days, all of them
    assert gcs.asked == before + 1  # of single objects nothing more is asked
    gcs.lifecycles["pictures"]["rule"].pop(0)
    assert gs.expirations(objects, None) == Expirations({})


def test_rules_of_google_that_make_no_sense(gcs: FakeGCS, gs: BucketStore) -> None:
    objects = dated(gs)
    gcs.lifecycles["pictures"] = {"rule": [{"condition": {"age": 1}}]}
    with pytest.raises(
        PassingError, match=r"^gs://pictures/in: no answer \(the rules of the bucket are not understood"
    ):
        gs.expirations(objects, SOON)
    assert gs.expirations(objects, None) == Expirations({})


def test_rules_that_google_does_not_tell(gcs: FakeGCS, gs: BucketStore) -> None:
    objects = dated(gs)
    gcs.rights["reader"] = {"list"}
    told = RULES.format("gs://pictures", "403") + "; allow storage.buckets.get on the bucket"
    assert gs.expirations(objects, SOON) == gs.expirations(objects, None) == Expirations({}, told)


# Azure


@pytest.fixture(scope="module")
def blobs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with azurite(tmp_path_factory.mktemp("azurite")) as url:
        yield url


@pytest.fixture
def az(blobs: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[BucketStore, FaultProxy]]:
    """A container behind a server that tells times of deletion: those of blobs with their number of days as name.
    Azurite knows none."""
    name = f"container-{uuid4().hex[:8]}"
    create_container(blobs, name)
    for key in ("in/2.jpg", "in/200.jpg", "in/stays.jpg", "other/1.jpg"):
        put_blob(blobs, name, key, b"abc")
    host, _, account = blobs.rpartition("/")
    with fault_proxy(host) as started:
        for key, value in azure_server.environment(f"{started.url}/{account}", sas(name, "rl")).items():
            monkeypatch.setenv(key, value)
        started.plan(with_expiry, method="GET", key=f"^{name}$")
        yield BucketStore(BucketLocation("az", name, "in")), started


def with_expiry(handler: Any, forward: Callable[[], Answer]) -> None:
    answer = forward()
    blobs = answer.body.decode().split("<Blob>")
    for place, blob in enumerate(blobs):
        days = blob.partition("</Name>")[0].rpartition("/")[2].removesuffix(".jpg")
        if days.isdigit():
            moment = datetime.fromtimestamp(NOW // 10**9, UTC) + timedelta(days=int(days))
            told = f"<Properties><Expiry-Time>{moment:%a, %d %b %Y %H:%M:%S GMT}</Expiry-Time>"
            blobs[place] = blob.replace("<Properties>", told)
    handler.answer(answer._replace(body="<Blob>".join(blobs).encode()))


def test_times_of_azure(az: tuple[BucketStore, FaultProxy]) -> None:
    store, _ = az
    objects = dated(store)
    unknown = (
        "only the times set on single blobs are known: a SAS token does not open the rules of the account behind "
        f"{store.location.place}"
    )
    seconds = NOW // 10**9 * 10**9
    assert store.expirations(objects, SOON) == Expirations({"2.jpg": seconds + 2 * DAY_NS}, unknown)
    assert store.expirations(objects, LATER).moments.keys() == {"2.jpg", "200.jpg"}
    assert store.expirations(objects[-1:], LATER) == Expirations({}, unknown)


def test_azure_is_asked_for_nothing_where_nothing_is_said(az: tuple[BucketStore, FaultProxy]) -> None:
    store, proxy = az
    objects = dated(store)
    before = proxy.count()
    assert store.expirations(objects, None) == Expirations({})
    assert proxy.count() == before
    assert azure_listing.VERSION > "2020-02-10"  # the first that tells these times


def test_nothing_in_a_folder_goes_by_itself(tmp_path: Path) -> None:
    assert LocalStore(tmp_path).expirations([Dated("x", 1, 0)], LATER) == Expirations({})
