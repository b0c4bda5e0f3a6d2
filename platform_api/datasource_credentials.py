"""What a datasource config holds beside the place: credentials, which are sealed apart; and the config without them."""

import json
import os
from collections.abc import Mapping
from typing import Any

from configs.credentials.azure import AzureCredentials
from configs.credentials.gcs import GCSCredentials
from configs.credentials.kinds import Credentials
from configs.credentials.s3 import S3Credentials
from configs.errors import InputError
from platform_api.wire.datasources import (
    AzureConfig,
    Config,
    GCSConfig,
    OBSConfig,
    S3Config,
    S3DelegatedConfig,
)
from resources.platform.allowed_hosts import require_allowed
from resources.stores.s3_access import endpoint_url

MASK = "***"
_MASKED = {
    "s3AccessKeyId": MASK,
    "s3SecretAccessKey": MASK,
    "s3ExternalId": "not-shown-again",  # the client checks its letters and its length
    "gcsCredentials": MASK,
    "accountKey": MASK,
    "obsAccessKeyId": MASK,
    "obsSecretAccessKey": MASK,
}
_GOVERNMENT = {"us-gov-east": "us-gov-east-1", "us-gov-west": "us-gov-west-1"}  # the old platform's names of regions


def masked(config: Config) -> dict[str, Any]:
    """As the wire has it, for the database and for answers: nothing in it opens anything."""
    shown = config.model_dump(by_alias=True, mode="json")
    return {name: _MASKED.get(name, value) for name, value in shown.items()}


def credentials_in(config: Config) -> Credentials | None:
    """None for a local folder.

    Only a config for OBS says where the server is. For the others the operator may name another one than the
    provider's, with AWS_ENDPOINT_URL, GOOGLE_BASE_URL or AZURE_STORAGE_ENDPOINT, as they are when it is set.

    Raises InputError for what are no credentials.
    """
    if given := [name for name, value in config.model_dump(by_alias=True).items() if value == _MASKED.get(name, ...)]:
        raise InputError(f"{given[0]} is what stands in its place in answers; give the secret itself")
    match config:
        case S3Config():
            return S3Credentials.made(
                {
                    **_s3(config),
                    "access_key": config.s3_access_key_id,
                    "secret_access_key": config.s3_secret_access_key,
                },
                "datasource",
            )
        case S3DelegatedConfig():
            role = {"role_arn": config.s3_arn, "external_id": config.s3_external_id}
            return S3Credentials.made({**_s3(config), **role}, "datasource")
        case GCSConfig():
            return GCSCredentials.made(_google(config.gcs_credentials), "gcsCredentials")
        case AzureConfig():
            token = {"account_name": config.account_name, "sas_token": config.account_key}
            return AzureCredentials.made({**token, **_azure(config.account_name)}, "datasource")
        case OBSConfig():
            require_allowed(config.obs_endpoint)
            return S3Credentials.made(
                {
                    "access_key": config.obs_access_key_id,
                    "secret_access_key": config.obs_secret_access_key,
                    "endpoint_url": config.obs_endpoint,
                    "allow_http": True,  # who writes http:// here has said so
                },
                "datasource",
            )
    return None


def _s3(config: S3Config | S3DelegatedConfig) -> dict[str, Any]:
    region = _GOVERNMENT.get(config.s3_region, config.s3_region)
    kms_key = {"kms_key": config.s3_kms_key} if config.s3_kms_key else {}
    return {"region": region, **_endpoint("endpoint_url", endpoint_url()), **kms_key}


def _google(text: str) -> dict[str, Any]:
    """Of a key only what opens a bucket: no address, which the operator names, and no name of a file here."""
    try:
        key = json.loads(text)
    except (ValueError, RecursionError):
        key = None
    if not isinstance(key, Mapping):
        raise InputError("gcsCredentials is no JSON object; give the content of the file of the service account's key")
    plain = {name: key[name] for name in ("type", "client_email", "private_key_id", "private_key") if name in key}
    return {**plain, **_endpoint("gcs_base_url", os.environ.get("GOOGLE_BASE_URL", ""))}


def _azure(account: str) -> dict[str, Any]:
    named = os.environ.get("AZURE_STORAGE_ACCOUNT_NAME")
    return _endpoint("endpoint_url", os.environ.get("AZURE_STORAGE_ENDPOINT", "") if named in (None, account) else "")


def _endpoint(field: str, url: str) -> dict[str, Any]:
    return {field: url, "allow_http": url.startswith("http://")} if url else {}
