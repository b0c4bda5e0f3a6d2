"""Where an S3 server is, and with which credentials: those of a dataset, or of the environment, as all programs do."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from configs.credentials.s3 import S3Credentials
from configs.errors import InputError
from resources.stores.location import BucketLocation
from resources.stores.s3_faults import OF_DATASET, OF_ENVIRONMENT, Names

if TYPE_CHECKING:
    from obstore.store import S3Credential

SESSION_SECONDS = 3600  # of an assumed role: what every role allows


@dataclass(frozen=True)
class S3Access:
    """endpoint: of another server than Amazon's, else empty. fresh: credentials in the words of obstore, which asks
    again some minutes before they expire. kms_key: that the server encrypts with what is put. names: for errors."""

    endpoint: str
    region: str
    fresh: "Callable[[], S3Credential]"
    names: Names
    kms_key: str = ""


def s3_access(location: BucketLocation, credentials: S3Credentials | None = None) -> S3Access:
    """With credentials of the dataset, nothing of the environment counts but what assumes a role without a key pair.

    Without: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, or else whatever boto3 finds (profiles, roles
    of the machine); AWS_REGION or AWS_DEFAULT_REGION; AWS_ENDPOINT_URL; AWS_ALLOW_HTTP. Raises InputError where there
    are none, or where they would go through the network unprotected.
    """
    if credentials is None:
        return S3Access(endpoint_url(), _region(), _of_environment(location), OF_ENVIRONMENT)
    fresh = _assumed_role(credentials) if credentials.role_arn else _key_pair(credentials)
    region = credentials.region or "us-east-1"
    return S3Access(credentials.endpoint_url, region, fresh, OF_DATASET, credentials.kms_key)


def endpoint_url() -> str:
    """That of the environment; empty for Amazon's. Raises InputError where secrets would go there unprotected."""
    url = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    if url and not url.startswith(("http://", "https://")):
        raise InputError(f"AWS_ENDPOINT_URL={url}: write https://host:port")
    if url.startswith("http://") and os.environ.get("AWS_ALLOW_HTTP", "").lower() not in ("1", "true", "yes"):
        raise InputError(f"AWS_ENDPOINT_URL={url} is not encrypted; use https://, or set AWS_ALLOW_HTTP=true")
    return url


def _region() -> str:
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"


def _of_environment(location: BucketLocation) -> "Callable[[], S3Credential]":
    from botocore.credentials import EnvProvider

    found = EnvProvider().load()
    if found is None:
        import boto3

        # It begins with the same variables, but a session takes 7 ms: many, where hundreds of datasets are looked at.
        found = boto3.Session().get_credentials()
    if found is None:
        raise InputError(f"{location}: there are no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")

    def fresh() -> "S3Credential":
        frozen = found.get_frozen_credentials()
        expires = getattr(found, "_expiry_time", None)  # of those that boto3 itself renews
        return {
            "access_key_id": frozen.access_key,
            "secret_access_key": frozen.secret_key,
            "token": frozen.token,
            "expires_at": expires.astimezone(UTC) if expires else None,
        }

    return fresh


def _key_pair(credentials: S3Credentials) -> "Callable[[], S3Credential]":
    def fresh() -> "S3Credential":
        return {
            "access_key_id": credentials.access_key,
            "secret_access_key": credentials.secret_access_key.get_secret_value(),
            "token": credentials.session_token.get_secret_value() or None,
            "expires_at": None,
        }

    return fresh


def _assumed_role(credentials: S3Credentials) -> "Callable[[], S3Credential]":
    """Source: docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html."""
    import boto3
    from botocore.config import Config

    pair: Any = _key_pair(credentials)() if credentials.access_key else {}
    service = boto3.client(
        "sts",
        region_name=credentials.region or "us-east-1",
        endpoint_url=credentials.endpoint_url or None,
        aws_access_key_id=pair.get("access_key_id"),
        aws_secret_access_key=pair.get("secret_access_key"),
        aws_session_token=pair.get("token"),
        config=Config(ignore_configured_endpoint_urls=True),  # AWS_ENDPOINT_URL of the environment is another server
    )
    external_id = credentials.external_id.get_secret_value()
    request = {"RoleArn": credentials.role_arn, "RoleSessionName": "winnow", "DurationSeconds": SESSION_SECONDS}

    def fresh() -> "S3Credential":
        assumed = service.assume_role(**request, **({"ExternalId": external_id} if external_id else {}))["Credentials"]
        return {
            "access_key_id": assumed["AccessKeyId"],
            "secret_access_key": assumed["SecretAccessKey"],
            "token": assumed["SessionToken"],
            "expires_at": assumed["Expiration"].astimezone(UTC),
        }

    return fresh
