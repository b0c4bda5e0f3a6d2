"""Which credentials a place asks for, by its scheme."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from configs.credentials.azure import AzureCredentials
from configs.credentials.gcs import GCSCredentials
from configs.credentials.s3 import S3Credentials
from configs.errors import InputError

Credentials = S3Credentials | GCSCredentials | AzureCredentials


@dataclass(frozen=True)
class Kind:
    """place: where such a bucket lies. what: what opens it. Both for messages."""

    model: type[S3Credentials] | type[GCSCredentials] | type[AzureCredentials]
    place: str
    what: str


KINDS = {
    "s3": Kind(S3Credentials, "S3", "a bucket in S3"),
    "gs": Kind(GCSCredentials, "Google Cloud", "a service account of Google Cloud"),
    "az": Kind(AzureCredentials, "Azure", "a container of Azure"),
}


def credentials_of(scheme: str, given: bytes | Mapping[str, Any], where: str) -> Credentials:
    """Those of a place in `scheme`, from JSON that was sealed, or a dictionary.

    where: what holds them, for messages, in which no value is repeated. Raises InputError.
    """
    values: Mapping[str, Any] = json.loads(given) if isinstance(given, bytes) else given
    wanted = KINDS[scheme]
    for kind in KINDS.values():
        if kind is not wanted and any(kind.model.field_of(name) in kind.model.telling for name in values):
            raise InputError(
                f"{where}: these are credentials of {kind.what}, and the place is in {wanted.place}; "
                f"give those of {wanted.place}"
            )
    return wanted.model.made(values, where)


def credentials_of_environment(scheme: str, environment: Mapping[str, str], where: str) -> Credentials:
    """Raises InputError where the usual variables give none."""
    return KINDS[scheme].model.of_environment(environment, where)
