import json
from typing import Any

import pytest

from configs.credentials.azure import AzureCredentials
from configs.credentials.kinds import credentials_of, credentials_of_environment
from configs.errors import InputError

GIVEN = {"account_name": "pictures1", "sas_token": "?sv=2022-11-02&sp=rl&sig=very%2Fsecret%3D"}


def test_names_of_the_environment_are_taken_too() -> None:
    found = credentials_of("az", GIVEN, "x")
    assert isinstance(found, AzureCredentials)
    assert found.sas_token.get_secret_value() == "sv=2022-11-02&sp=rl&sig=very%2Fsecret%3D"
    variables = {
        "AZURE_STORAGE_ACCOUNT_NAME": "pictures1",
        "AZURE_STORAGE_SAS_TOKEN": GIVEN["sas_token"],
        "AZURE_STORAGE_ENDPOINT": "http://h:1/pictures1",
        "AZURE_ALLOW_HTTP": "1",
        "HOME": "/",
    }
    more = credentials_of_environment("az", variables, "env")
    assert isinstance(more, AzureCredentials)
    assert (more.account_name, more.endpoint_url, more.allow_http) == ("pictures1", "http://h:1/pictures1", True)
    del variables["AZURE_ALLOW_HTTP"]
    fault = "env: AZURE_STORAGE_ENDPOINT is not encrypted; use https://, or set AZURE_ALLOW_HTTP=true"
    for given, told in ((variables, fault), ({}, "env: give AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_SAS_TOKEN")):
        with pytest.raises(InputError) as error:
            credentials_of_environment("az", given, "env")
        assert str(error.value) == told


def test_secrets_do_not_show() -> None:
    found = credentials_of("az", GIVEN, "x")
    assert json.loads(found.revealed())["sas_token"].endswith("very%2Fsecret%3D")
    assert credentials_of("az", found.revealed(), "x") == found
    for shown in (repr(found), str(found), found.about, found.model_dump_json()):
        assert "very" not in shown
    assert found.about == "SAS token of account pictures1"
    other = credentials_of("az", {**GIVEN, "endpoint_url": "https://h/pictures1"}, "x")
    assert other.about == "SAS token of account pictures1 at https://h/pictures1"


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({}, "give account_name and sas_token"),
        ({"account_name": "acc"}, "give account_name and sas_token"),
        ({"sas_token": "sig=S3CRET"}, "give account_name and sas_token"),
        ({**GIVEN, "sas_token": "S3CRET"}, "sas_token is no shared access signature; give what follows the '?' of its"),
        ({**GIVEN, "sas_token": "https://h/c?sig=S3CRET&&"}, "sas_token is no shared access signature"),
        ({**GIVEN, "sas_token": "sv=2022-11-02&sp=S3CRET"}, "sas_token has no signature (sig=…)"),
        ({**GIVEN, "account_name": "A_b"}, "account_name: "),
        ({**GIVEN, "endpoint_url": "http://h"}, "endpoint_url is not encrypted; use https://, or add allow_http: true"),
        ({**GIVEN, "region": "x"}, "'region' is unknown; known are account_name, sas_token, endpoint_url, allow_http"),
    ],
)
def test_what_cannot_be_used(given: dict[str, Any], fault: str) -> None:
    with pytest.raises(InputError) as error:
        credentials_of("az", given, "file.yaml")
    assert str(error.value).startswith(f"file.yaml: {fault}")
    assert "S3CRET" not in str(error.value) and "\n" not in str(error.value)
