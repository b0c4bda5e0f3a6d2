import json
from typing import Any

import pytest
from dagster_aws.s3 import S3Resource

from configs.credentials.kinds import credentials_of, credentials_of_environment
from configs.credentials.s3 import S3Credentials
from configs.errors import InputError

PAIR = {"access_key": "AKIA1234", "secret_access_key": "very/secret"}


def test_names_of_the_environment_are_taken_too() -> None:
    variables = {"AWS_ACCESS_KEY_ID": "AKIA1234", "AWS_SECRET_ACCESS_KEY": "very/secret"}
    assert credentials_of("s3", variables, "x") == credentials_of("s3", PAIR, "x")
    more = {
        **variables,
        "AWS_ENDPOINT_URL": "http://h:1",
        "AWS_ALLOW_HTTP": "true",
        "AWS_SESSION_TOKEN": "t",
        "HOME": "/",
    }
    found = credentials_of_environment("s3", more, "env")
    assert isinstance(found, S3Credentials)
    assert (found.endpoint_url, found.allow_http, found.session_token.get_secret_value()) == ("http://h:1", True, "t")
    with pytest.raises(InputError, match=r"^env: give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or role_arn$"):
        credentials_of_environment("s3", {"HOME": "/"}, "env")


def test_secrets_do_not_show() -> None:
    found = credentials_of("s3", {**PAIR, "role_arn": "arn:aws:iam::1:role/r", "external_id": "ext-secret"}, "x")
    assert json.loads(found.revealed())["secret_access_key"] == "very/secret"
    assert credentials_of("s3", found.revealed(), "x") == found
    for shown in (repr(found), str(found), found.about, found.model_dump_json()):
        assert "very/secret" not in shown and "ext-secret" not in shown
    assert found.about == "role arn:aws:iam::1:role/r"
    assert credentials_of("s3", PAIR, "x").about == "access key …1234"


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({}, "give access_key and secret_access_key, or role_arn"),
        ({"access_key": "A"}, "access_key and secret_access_key belong together"),
        ({"secret_access_key": "S3CRET"}, "access_key and secret_access_key belong together"),
        ({**PAIR, "external_id": "S3CRET"}, "external_id belongs to role_arn"),
        ({**PAIR, "acess_key": "S3CRET"}, "'acess_key' is unknown; known are access_key, secret_access_key,"),
        ({**PAIR, "endpoint_url": "http://h"}, "endpoint_url is not encrypted; use https://, or add allow_http: true"),
        ({**PAIR, "endpoint_url": "h:9000"}, "endpoint_url: it is no address of a server; write https://host:port"),
        ({**PAIR, "endpoint_url": "https://u:hidden@h"}, "endpoint_url: it is no address of a server"),
        ({**PAIR, "endpoint_url": "https://h/?sig=hidden"}, "endpoint_url: it is no address of a server"),
        ({**PAIR, "region": "eu west"}, "region: it is not spelled as such a value is, or holds a space"),
        ({**PAIR, "role_arn": "role/r"}, "role_arn: "),
        ({**PAIR, "region": "eu west"}, "region: "),
        ({**PAIR, "secret_access_key": 12}, "secret_access_key: "),
    ],
)
def test_what_cannot_be_used(given: dict[str, Any], fault: str) -> None:
    with pytest.raises(InputError) as error:
        credentials_of("s3", given, "file.yaml")
    assert str(error.value).startswith(f"file.yaml: {fault}")
    assert "S3CRET" not in str(error.value) and "\n" not in str(error.value)


def test_the_field_names_of_s3_resource_are_taken_too() -> None:
    names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token", "region_name", "endpoint_url")
    values = ("AKIA1234", "very/secret", "token", "eu-central-1", "https://h")
    ours = ("access_key", "secret_access_key", "session_token", "region", "endpoint_url")
    assert set(names) <= set(S3Resource.model_fields)
    found = credentials_of("s3", dict(zip(names, values, strict=True)), "x")
    assert found == credentials_of("s3", dict(zip(ours, values, strict=True)), "x")
    assert set(json.loads(found.revealed())) == set(S3Credentials.model_fields)  # what is stored has one spelling
    with pytest.raises(InputError, match="these are credentials of a bucket in S3, and the place is in Google Cloud"):
        credentials_of("gs", {"aws_access_key_id": "AKIA1234"}, "x")
