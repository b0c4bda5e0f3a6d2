"""Buckets as datasources: keys that are checked, keys that are kept, and URLs of the buckets themselves."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
from lightly.openapi_generated.swagger_client.exceptions import ApiException

from configs.credentials.s3 import S3Credentials
from resources.catalog.database import catalog_reading
from resources.catalog.datasets import all_datasets, credentials_for
from resources.catalog.platform_schema import DATASOURCES
from resources.output_place import output_store
from resources.platform import listings
from tests.resources.stores import azure_server
from tests.resources.stores.azure_server import azurite, create_container, put_blob, sas
from tests.resources.stores.gcs_server import fake_gcs
from tests.resources.stores.gcs_signatures import service_account
from tests.resources.stores.s3_servers import KEYS, boto3_client, moto, rclone

Ask = Callable[..., requests.Response]
KEY, SECRET = KEYS.values()
PICTURES = ["a.jpg", "b/1 ü.png", "b/2.png"]
EVERYTHING = {f"can_{what}": True for what in ("read", "list", "write", "overwrite")}


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    with moto() as url:
        yield url


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server has no credentials of its own that would open anything."""
    for name in (*KEYS, "AWS_ENDPOINT_URL", "GOOGLE_APPLICATION_CREDENTIALS", "AZURE_STORAGE_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)


def at(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")


def filled(url: str) -> str:
    """A new bucket with pictures in `cats/`, and with the folder `lightly/`."""
    name, client = f"bucket-{uuid4().hex[:8]}", boto3_client(url)
    client.create_bucket(Bucket=name)
    for key in PICTURES:
        client.put_object(Bucket=name, Key=f"cats/{key}", Body=key.encode())
    client.put_object(Bucket=name, Key="cats/.lightly/thumbnails/a.jpg", Body=b"t")
    client.put_object(Bucket=name, Key="cats2/other.jpg", Body=b"o")
    client.put_object(Bucket=name, Key="lightly/.lightly/predictions/det/a.json", Body=b"{}")
    return name


def test_s3(ann: Any, s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    at(s3, monkeypatch)
    bucket = filled(s3)
    ann.set_s3_config(f"s3://{bucket}/cats/", "eu-central-1", KEY, SECRET, purpose="INPUT")
    ann.set_s3_config(f"s3://{bucket}/lightly", "us-gov-east", KEY, SECRET, None, "LIGHTLY")
    (stored,) = all_datasets()
    assert stored.settings == {
        "datasource": {"input_dir": f"s3://{bucket}/cats", "shared_dir": f"s3://{bucket}/lightly"},
        "run_folder": {"output_dir": f"s3://{bucket}/lightly/runs"},
    }
    assert stored.places == {"INPUT": f"s3://{bucket}", "LIGHTLY": f"s3://{bucket}"}
    for purpose, region in (("INPUT", "eu-central-1"), ("LIGHTLY", "us-gov-east-1")):
        known = credentials_for("cats", purpose, f"s3://{bucket}")  # type: ignore[arg-type]
        assert isinstance(known, S3Credentials) and known.secret_access_key.get_secret_value() == SECRET
        assert (known.access_key, known.region, known.endpoint_url) == (KEY, region, s3)
    with catalog_reading() as connection:
        configs = json.dumps([row.config for row in connection.execute(DATASOURCES.select())])
    shown = json.dumps(ann.get_datasource().to_dict(by_alias=True))
    assert not any(secret in text for secret in (KEY, SECRET) for text in (configs, shown)) and "***" in shown
    assert ann.list_datasource_permissions() == EVERYTHING
    assert not any(".winnow" in each["Key"] for each in boto3_client(s3).list_objects_v2(Bucket=bucket)["Contents"])
    for redirected in (False, True):
        found = ann.download_raw_samples(use_redirected_read_url=redirected)
        assert [name for name, _ in found] == PICTURES
        for name, url in found:
            assert (f"{s3}/{bucket}/cats/" in url) != redirected and SECRET not in url
            answer = requests.get(url, timeout=10)
            assert answer.content == name.encode() and bool(answer.history) == redirected
    (prediction,) = ann.download_raw_predictions("det")
    assert prediction[0] == ".lightly/predictions/det/a.json"
    assert requests.get(ann.get_prediction_read_url("det/a.json"), timeout=10).content == b"{}"
    assert ann.download_raw_samples(from_=0, to=1_000_000_000) == []
    monkeypatch.setattr(listings, "PAGE", 1)
    assert [name for name, _ in ann.download_raw_samples()] == PICTURES


def test_s3_with_a_role(ann: Any, s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    at(s3, monkeypatch)
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)  # with which the server assumes the role
    bucket = filled(s3)
    role = ("eu-central-1", "arn:aws:iam::123456789012:role/winnow", "external-id-1")
    ann.set_s3_delegated_access_config(f"s3://{bucket}/cats", *role)
    config = ann.get_datasource().to_dict(by_alias=True)
    assert config["s3ARN"] == role[1] and config["s3ExternalId"] != role[2]
    known = credentials_for("cats", "INPUT", f"s3://{bucket}")
    assert isinstance(known, S3Credentials) and known.external_id.get_secret_value() == role[2]
    assert ann.list_datasource_permissions() == EVERYTHING
    found = ann.download_raw_samples(use_redirected_read_url=False)
    assert [name for name, _ in found] == PICTURES
    for name, url in found:
        assert s3 not in url  # what a role signs would end within the hour
        assert requests.get(url, timeout=10).content == name.encode()


def test_keys_that_are_checked(ann: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with rclone(tmp_path) as url:
        at(url, monkeypatch)
        bucket = filled(url)
        ann.set_s3_config(f"s3://{bucket}/cats/", "us-east-1", KEY, SECRET)
        assert ann.list_datasource_permissions() == EVERYTHING
        found = dict(ann.download_raw_samples())
        assert list(found) == PICTURES
        for name, signed in found.items():
            assert requests.get(signed, timeout=10).content == name.encode()
        changed = found["a.jpg"].replace("a.jpg", "b/2.png")
        assert requests.get(changed, timeout=10).status_code == 403
        ann.set_s3_config(f"s3://{bucket}/cats/", "us-east-1", KEY, "another")
        tried = ann.list_datasource_permissions()
        assert not any(tried[name] for name in EVERYTHING) and "secret_access_key" in tried["errors"]["can_list"]
        with pytest.raises(ApiException) as refused:
            ann.download_raw_samples()
        assert refused.value.status == 422 and "DATASET_DATASOURCE_INVALID" in refused.value.body


def test_no_credentials_but_those_of_the_dataset(ann: Any, s3: str, monkeypatch: pytest.MonkeyPatch, ask: Ask) -> None:
    """Whatever opens the buckets of the server's own: nobody gets at them by a config."""
    at(s3, monkeypatch)
    bucket = filled(s3)
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    path = f"/v1/datasets/{ann.dataset_id}/datasource"
    config = {"type": "S3", "purpose": "INPUT", "fullPath": f"s3://{bucket}/cats", "s3Region": "us-east-1"}
    for keys in ({}, {"s3AccessKeyId": "", "s3SecretAccessKey": ""}, {"s3AccessKeyId": KEY}):
        assert ask("PUT", path, json={**config, **keys}).status_code == 422
    ann.set_s3_config(f"s3://{bucket}/cats/", "us-east-1", KEY, SECRET)
    with pytest.raises(Exception, match="has no credentials for s3://another as its INPUT place"):
        credentials_for("cats", "INPUT", "s3://another")


def test_obs(ann: Any, s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = filled(s3)
    with pytest.raises(ApiException, match=r"WINNOW_ALLOWED_HOSTS=127\.0\.0\.1"):
        ann.set_obs_config(f"obs://{bucket}/cats", s3, KEY, SECRET)
    monkeypatch.setenv("WINNOW_ALLOWED_HOSTS", "127.0.0.1")
    ann.set_obs_config(f"obs://{bucket}/cats", s3, KEY, SECRET)
    assert ann.get_datasource().to_dict(by_alias=True)["obsEndpoint"] == s3
    assert ann.list_datasource_permissions() == EVERYTHING
    found = dict(ann.download_raw_samples())
    assert list(found) == PICTURES
    assert requests.get(found["a.jpg"], timeout=10).content == b"a.jpg"
    monkeypatch.delenv("WINNOW_ALLOWED_HOSTS")  # asked again at every use
    with pytest.raises(ApiException, match="WINNOW_ALLOWED_HOSTS"):
        ann.download_raw_samples()


def test_google(ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with fake_gcs() as gcs:
        gcs.rights["noread"] = {"list"}
        gcs.buckets["pictures"] = {}
        for key in PICTURES:
            gcs.put("pictures", f"cats/{key}", key.encode())
        monkeypatch.setenv("GOOGLE_BASE_URL", gcs.url)
        key = service_account("http://169.254.169.254")  # no address from a user counts
        ann.set_gcs_config("gs://pictures/cats", "project", json.dumps(key))
        shown = json.dumps(ann.get_datasource().to_dict(by_alias=True))
        assert key["private_key"][40:80] not in shown and '"gcsProjectId": "project"' in shown
        assert ann.list_datasource_permissions() == EVERYTHING
        found = ann.download_raw_samples()
        assert [name for name, _ in found] == PICTURES and all(gcs.url in url for _, url in found)
        ann.set_gcs_config("gs://pictures/cats", "project", json.dumps(service_account(gcs.url, "noread")))
        tried = ann.list_datasource_permissions()
        assert (tried["can_list"], tried["can_read"]) == (True, False)
        assert "storage.objects.get" in tried["errors"]["can_read"]


def test_azure(ann: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with azurite(tmp_path) as url:
        create_container(url, "pictures")
        for key in PICTURES:
            put_blob(url, "pictures", f"cats/{key}", key.encode())
        monkeypatch.setenv("AZURE_STORAGE_ENDPOINT", url)
        token = sas("pictures")
        ann.set_azure_config("pictures/cats/", azure_server.ACCOUNT, f"?{token}")
        assert all_datasets()[0].settings["datasource"]["input_dir"] == "az://pictures/cats"
        shown = ann.get_datasource().to_dict(by_alias=True)
        assert (shown["accountName"], shown["accountKey"]) == (azure_server.ACCOUNT, "***")
        assert ann.list_datasource_permissions() == EVERYTHING
        found = dict(ann.download_raw_samples())
        assert list(found) == PICTURES
        for name, signed in found.items():
            assert requests.get(signed, timeout=10).content == name.encode()
        monkeypatch.setattr(listings, "PAGE", 1)
        assert [name for name, _ in ann.download_raw_samples()] == PICTURES
        ann.set_azure_config("pictures/cats", azure_server.ACCOUNT, sas("pictures", "rl"))
        tried = ann.list_datasource_permissions()
        assert [tried[name] for name in ("can_list", "can_read", "can_write", "can_overwrite")] == [
            True,
            True,
            False,
            False,
        ]


def test_configs_that_are_wrong(ann: Any, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"/v1/datasets/{ann.dataset_id}/datasource"
    s3 = {
        "type": "S3",
        "fullPath": "s3://bucket/a",
        "s3Region": "us-east-1",
        "s3AccessKeyId": KEY,
        "s3SecretAccessKey": "x",
    }
    gcs = {"type": "GCS", "fullPath": "gs://bucket/a", "gcsProjectId": "p"}
    azure = {"type": "AZURE", "fullPath": "box/a", "accountName": "account", "accountKey": "sv=1&sig=x"}
    obs = {"type": "OBS", "fullPath": "obs://bucket/a", "obsAccessKeyId": "a", "obsSecretAccessKey": "b"}
    key = service_account("http://x")
    for code, body in (
        ("DATASET_DATASOURCE_INVALID", {**s3, "fullPath": "bucket/a"}),
        ("DATASET_DATASOURCE_INVALID", {**s3, "fullPath": "gs://bucket/a"}),
        ("DATASET_DATASOURCE_INVALID", {**s3, "fullPath": "s3://bucket/../a"}),
        ("DATASET_DATASOURCE_INVALID", {**s3, "fullPath": "s3://user:secret@bucket/a"}),
        ("DATASET_DATASOURCE_INVALID", {**s3, "fullPath": "/etc"}),
        ("DATASET_DATASOURCE_INVALID", {**azure, "fullPath": "s3://bucket/a"}),
        ("DATASET_DATASOURCE_INVALID", {**azure, "fullPath": "/box"}),
        ("DATASET_DATASOURCE_INVALID", {**obs, "fullPath": "a/b", "obsEndpoint": "https://x"}),
        ("DATASET_DATASOURCE_CREDENTIALS_ERROR", {**s3, "s3SecretAccessKey": "***"}),
        ("DATASET_DATASOURCE_CREDENTIALS_ERROR", {**s3, "s3AccessKeyId": "a b"}),
        ("DATASET_DATASOURCE_CREDENTIALS_ERROR", {**gcs, "gcsCredentials": "no JSON"}),
        ("DATASET_DATASOURCE_CREDENTIALS_ERROR", {**gcs, "gcsCredentials": "[" * 9_000}),
        ("DATASET_DATASOURCE_CREDENTIALS_ERROR", {**gcs, "gcsCredentials": "[]"}),
        ("DATASET_DATASOURCE_CREDENTIALS_ERROR", {**gcs, "gcsCredentials": "***"}),
        ("DATASET_DATASOURCE_CREDENTIALS_ERROR", {**gcs, "gcsCredentials": json.dumps({**key, "type": "user"})}),
        (
            "DATASET_DATASOURCE_CREDENTIALS_ERROR",
            {**gcs, "gcsCredentials": json.dumps({"GOOGLE_APPLICATION_CREDENTIALS": "/etc/passwd"})},
        ),
        ("DATASET_DATASOURCE_CREDENTIALS_ERROR", {**azure, "accountName": "169.254.169.254/"}),
        ("DATASET_DATASOURCE_CREDENTIALS_ERROR", {**azure, "accountKey": "no token"}),
        ("DATASET_DATASOURCE_CREDENTIALS_ERROR", {**obs, "obsEndpoint": "http://169.254.169.254/latest"}),
        ("DATASET_DATASOURCE_CREDENTIALS_ERROR", {**obs, "obsEndpoint": "http://localhost:9"}),
        ("MALFORMED_REQUEST", {**s3, "s3Region": "mars-1"}),
        ("MALFORMED_REQUEST", {**obs, "obsEndpoint": "file:///etc"}),
        ("MALFORMED_REQUEST", {**s3, "type": "S3DelegatedAccess"}),
    ):
        answer = ask("PUT", path, json={"purpose": "INPUT", **body})
        assert (answer.status_code, answer.json()["code"]) == (422, code), (body, answer.text)
        assert "root:" not in answer.text and "user:secret" not in answer.text
    assert all_datasets()[0].settings == {} and all_datasets()[0].places == {}


def test_what_was_put_is_encrypted_by_the_bucket(ann: Any, s3: str, monkeypatch: pytest.MonkeyPatch, ask: Ask) -> None:
    at(s3, monkeypatch)
    bucket, key = filled(s3), "arn:aws:kms:eu-central-1:123456789012:key/1"
    config = {
        "type": "S3", "purpose": "LIGHTLY", "fullPath": f"s3://{bucket}/lightly", "s3Region": "us-east-1",
        "s3AccessKeyId": KEY, "s3SecretAccessKey": SECRET, "s3ServerSideEncryptionKMSKey": key,
    }  # fmt: skip
    answer = ask("PUT", f"/v1/datasets/{ann.dataset_id}/datasource", json=config)
    assert answer.status_code == 204, answer.text
    output_store(f"s3://{bucket}/lightly/runs", "cats").put("x", b"x")
    head = boto3_client(s3).head_object(Bucket=bucket, Key="lightly/runs/x")
    assert head["ServerSideEncryption"] == "aws:kms" and head["SSEKMSKeyId"] == key
