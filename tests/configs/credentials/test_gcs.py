import json
from pathlib import Path
from typing import Any

import pytest

from configs.credentials.gcs import GCSCredentials
from configs.credentials.kinds import credentials_of, credentials_of_environment
from configs.errors import InputError
from tests.resources.stores.gcs_signatures import service_account

MAIL = "reader@winnow.iam.gserviceaccount.com"


@pytest.fixture(scope="module")
def given() -> dict[str, Any]:
    """As Google gives it."""
    found = service_account("")
    del found["gcs_base_url"], found["allow_http"]
    return found


def test_the_file_that_the_environment_names(given: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "key.json"
    file.write_text(json.dumps(given), encoding="utf-8")
    found = credentials_of("gs", given, "x")
    assert isinstance(found, GCSCredentials)
    assert (found.client_email, found.private_key.get_secret_value()) == (MAIL, given["private_key"])
    variables = {"GOOGLE_APPLICATION_CREDENTIALS": str(file), "HOME": "/"}
    assert credentials_of_environment("gs", variables, "env") == credentials_of("gs", variables, "x") == found
    file.write_text('{"type": "authorized_user", "refresh_token": "S3CRET"}', encoding="utf-8")
    with pytest.raises(InputError) as error:
        credentials_of_environment("gs", variables, "env")
    message = (
        f"GOOGLE_APPLICATION_CREDENTIALS {file}: this is no key of a service account ('authorized_user'); make one"
    )
    assert str(error.value).startswith(message) and "S3CRET" not in str(error.value)


def test_secrets_do_not_show(given: dict[str, Any]) -> None:
    found = credentials_of("gs", given, "x")
    assert json.loads(found.revealed())["private_key"] == given["private_key"]
    assert credentials_of("gs", found.revealed(), "x") == found
    for shown in (repr(found), str(found), found.about, found.model_dump_json()):
        assert "PRIVATE KEY" not in shown and given["private_key"][100:140] not in shown
    assert found.about == f"service account {MAIL}"
    assert credentials_of("gs", {**given, "gcs_base_url": "https://h"}, "x").about == f"{found.about} at https://h"


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"private_key": ""}, "there is no key of a service account (client_email, private_key_id, private_key); make"),
        ({"client_email": ""}, "there is no key of a service account"),
        ({"private_key": "S3CRET"}, "private_key is no RSA key in PEM form; give the file as Google made it"),
        ({"private_key": 12}, "private_key: "),
        ({"type": "external_account"}, "this is no key of a service account ('external_account'); make one: gcloud"),
        ({"gcs_base_url": "http://h"}, "gcs_base_url is not encrypted; use https://, or add allow_http: true"),
        ({"GOOGLE_APPLICATION_CREDENTIALS": ""}, "GOOGLE_APPLICATION_CREDENTIALS: give the path of a file"),
    ],
)
def test_what_cannot_be_used(given: dict[str, Any], changed: dict[str, Any], fault: str) -> None:
    with pytest.raises(InputError) as error:
        credentials_of("gs", {**given, **changed}, "file.json")
    assert str(error.value).startswith(f"file.json: {fault}")
    assert "S3CRET" not in str(error.value) and "\n" not in str(error.value)
