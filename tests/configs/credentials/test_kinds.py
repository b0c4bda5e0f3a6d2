from typing import Any

import pytest

from configs.credentials.kinds import KINDS, credentials_of
from configs.errors import InputError
from resources.stores import providers
from resources.stores.location import _BUCKETS

GOOGLE = {"type": "service_account", "private_key": "S3CRET", "gcs_base_url": ""}
AZURE = {"account_name": "acc", "sas_token": "sig=S3CRET"}
S3 = {"access_key": "A", "secret_access_key": "S3CRET"}


@pytest.mark.parametrize(
    ("scheme", "given", "fault"),
    [
        ("s3", GOOGLE, "of a service account of Google Cloud, and the place is in S3; give those of S3"),
        ("s3", AZURE, "of a container of Azure, and the place is in S3; give those of S3"),
        (
            "s3",
            {"GOOGLE_APPLICATION_CREDENTIALS": "/x"},
            "of a service account of Google Cloud, and the place is in S3",
        ),
        ("gs", S3, "of a bucket in S3, and the place is in Google Cloud; give those of Google Cloud"),
        ("gs", AZURE, "of a container of Azure, and the place is in Google Cloud"),
        ("az", {"AWS_ACCESS_KEY_ID": "A"}, "of a bucket in S3, and the place is in Azure; give those of Azure"),
        ("az", GOOGLE, "of a service account of Google Cloud, and the place is in Azure"),
    ],
)
def test_credentials_of_another_kind(scheme: str, given: dict[str, Any], fault: str) -> None:
    with pytest.raises(InputError) as error:
        credentials_of(scheme, given, "file")
    assert str(error.value).startswith(f"file: these are credentials {fault}")
    assert "S3CRET" not in str(error.value)


def test_every_scheme_has_its_parts() -> None:
    assert KINDS.keys() == providers._PROVIDERS.keys() == _BUCKETS.keys()


def test_no_kind_tells_of_another() -> None:
    fields = {scheme: set(kind.model.model_fields) for scheme, kind in KINDS.items()}
    for scheme, kind in KINDS.items():
        for other in KINDS.keys() - {scheme}:
            assert not fields[other] & set(kind.model.telling)
