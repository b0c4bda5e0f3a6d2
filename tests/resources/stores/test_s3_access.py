"""Credentials of a dataset: a key pair, and a role to assume."""

import pickle
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from configs.credentials.s3 import S3Credentials
from configs.errors import InputError
from resources.stores.bucket_store import BucketStore
from resources.stores.location import BucketLocation
from resources.stores.s3_access import s3_access
from resources.stores.s3_client import boto3_client as client_of
from tests.resources.stores.fault_proxy import Forward, fault_proxy, refusal
from tests.resources.stores.s3_servers import KEYS, boto3_client, moto

PLACE = BucketLocation("s3", "pictures", "cats")
ROLE = {"role_arn": "arn:aws:iam::123456789012:role/reader", "external_id": "ext-1"}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with moto() as url:
        boto3_client(url).create_bucket(Bucket="pictures")
        boto3_client(url).put_object(Bucket="pictures", Key="cats/a.jpg", Body=b"bytes")
        yield url


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*KEYS, "AWS_ENDPOINT_URL", "AWS_ALLOW_HTTP", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def given(url: str, **more: Any) -> S3Credentials:
    return S3Credentials.made({**KEYS, "endpoint_url": url, "allow_http": True, **more}, "test")


@pytest.mark.parametrize("more", [{}, ROLE])
def test_they_open_the_bucket_also_in_another_process(server: str, more: dict[str, str]) -> None:
    store = pickle.loads(pickle.dumps(BucketStore(PLACE, given(server, **more))))
    assert [each.key for each in store.list()] == ["a.jpg"]
    assert store.get("a.jpg", 100) == b"bytes"
    assert KEYS["AWS_SECRET_ACCESS_KEY"] not in repr(vars(store)["_credentials"])


def test_a_role_gives_credentials_for_an_hour(server: str) -> None:
    credentials = s3_access(PLACE, given(server, **ROLE)).fresh()
    assert isinstance(credentials, dict)
    assert credentials["access_key_id"] != KEYS["AWS_ACCESS_KEY_ID"] and credentials["token"]
    left = credentials["expires_at"] - datetime.now(UTC)
    assert timedelta(minutes=58) < left <= timedelta(minutes=61)


@pytest.mark.parametrize("more", [{}, ROLE])
def test_the_server_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch, more: dict[str, str]) -> None:
    """Another one than the dataset's, which has Amazon's."""
    import boto3

    made: list[str] = []
    client = boto3.client

    class Service:
        def assume_role(self, **_: Any) -> dict[str, Any]:
            pair = {"AccessKeyId": "A", "SecretAccessKey": "S", "SessionToken": "T"}
            return {"Credentials": {**pair, "Expiration": datetime.now(UTC) + timedelta(hours=1)}}

    def noted(service: str, **options: Any) -> Any:
        made.append(client(service, **options).meta.endpoint_url)
        return Service()

    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://bucket:9000")
    monkeypatch.setattr("boto3.client", noted)
    access = s3_access(PLACE, S3Credentials.made({**KEYS, **more}, "test"))
    client_of(access)
    assert made and all(url.endswith(".amazonaws.com") for url in made)


def test_a_role_is_assumed_with_its_external_id(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    class Service:
        def assume_role(self, **request: Any) -> dict[str, Any]:
            asked.append(request)
            soon = datetime.now(UTC) + timedelta(minutes=2)  # obstore asks again where so little is left
            return {
                "Credentials": {"AccessKeyId": "A", "SecretAccessKey": "S", "SessionToken": "T", "Expiration": soon}
            }

    monkeypatch.setattr("boto3.client", lambda *_, **__: Service())
    store = BucketStore(PLACE, given(server, **ROLE))
    for _ in range(3):
        assert store.get("a.jpg", 100) == b"bytes"
        time.sleep(0.3)  # it never asks more often than every tenth of a second
    assert len(asked) == 3  # renewed, also in the middle of a run
    assert asked[0]["RoleArn"] == ROLE["role_arn"] and asked[0]["ExternalId"] == "ext-1"
    assert asked[0]["DurationSeconds"] == 3600


def test_a_run_outlives_the_credentials_that_it_began_with(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `datasource.use_redirected_read_url` of old scripts asks for: each token is good for a second."""
    issued: dict[str, float] = {}
    refused: list[str] = []

    class Service:
        def assume_role(self, **_: Any) -> dict[str, Any]:
            token = f"T{len(issued)}"
            issued[token] = time.monotonic()
            soon = datetime.now(UTC) + timedelta(minutes=2)
            return {
                "Credentials": {"AccessKeyId": "A", "SecretAccessKey": "S", "SessionToken": token, "Expiration": soon}
            }

    def checked(handler: Any, forward: Forward) -> None:
        token = handler.headers["x-amz-security-token"]
        if time.monotonic() - issued[token] < 1:
            return handler.answer(forward())
        refused.append(token)
        return refusal(400, "ExpiredToken")(handler, forward)

    monkeypatch.setattr("boto3.client", lambda *_, **__: Service())
    with fault_proxy(server) as proxy:
        proxy.plan(checked)
        store = BucketStore(PLACE, given(proxy.url, **ROLE))
        ends = time.monotonic() + 3
        while time.monotonic() < ends:
            assert [each.key for each in store.list()] == ["a.jpg"]
            assert store.get("a.jpg", 100) == b"bytes"
            time.sleep(0.1)
        assert refused == [] and len(issued) > 3
        first = {"x-amz-security-token": "T0"}
        assert requests.get(f"{proxy.url}/pictures/cats/a.jpg", headers=first, timeout=9).status_code == 400


def test_a_role_that_may_not_be_assumed(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.exceptions import ClientError

    class Service:
        def assume_role(self, **_: Any) -> dict[str, Any]:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "AssumeRole")

    monkeypatch.setattr("boto3.client", lambda *_, **__: Service())
    monkeypatch.setattr("resources.stores.s3_client.RETRIES", {"max_retries": 0})
    message = r"^s3://pictures/cats: the role cannot be assumed \(AccessDenied\); check role_arn, external_id and"
    with pytest.raises(InputError, match=message):
        BucketStore(PLACE, given(server, **ROLE)).require_place()


def test_faults_name_what_the_dataset_has(server: str) -> None:
    other = BucketLocation("s3", "no-such-bucket", "")
    with pytest.raises(InputError, match=r"no such bucket; check its name, and endpoint_url in the dataset's cred"):
        BucketStore(other, given(server)).require_place()
