"""S3 with the credentials of the environment: the variables and files that all of its programs read."""

import os
from collections.abc import Callable
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

from configs.errors import InputError
from resources.stores.location import BucketLocation

if TYPE_CHECKING:
    from obstore.store import RetryConfig, S3Store

# Servers that throttle or restart are back within a minute or two.
RETRIES: "RetryConfig" = {
    "max_retries": 8,
    "retry_timeout": timedelta(seconds=180),
    "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=15), "base": 2},
}


def s3_client(location: BucketLocation) -> "S3Store":
    """Opens nothing yet: what is wrong with the place shows at the first request.

    Reads AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, or else whatever boto3 finds (profiles, roles of
    the machine); AWS_REGION or AWS_DEFAULT_REGION; AWS_ENDPOINT_URL; AWS_ALLOW_HTTP. Raises InputError where there are
    no credentials, or where they would go through the network unprotected.
    """
    from obstore.store import S3Store

    endpoint = endpoint_url()
    return S3Store(
        location.bucket,
        prefix=location.folder or None,
        region=region(),
        endpoint=endpoint or None,
        virtual_hosted_style_request=not endpoint and "." not in location.bucket,
        credential_provider=_credentials(location),
        client_options={"connect_timeout": "10s", "timeout": "60s", "allow_http": endpoint.startswith("http://")},
        retry_config=RETRIES,
    )


def boto3_client() -> Any:
    """The same place and credentials for what obstore cannot say."""
    import boto3
    from botocore.config import Config

    config = Config(connect_timeout=10, read_timeout=60, retries={"mode": "standard", "max_attempts": 5})
    return boto3.client("s3", region_name=region(), endpoint_url=endpoint_url() or None, config=config)


def endpoint_url() -> str:
    """Of another server than Amazon's; else empty."""
    url = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    if url and not url.startswith(("http://", "https://")):
        raise InputError(f"AWS_ENDPOINT_URL={url}: write https://host:port")
    if url.startswith("http://") and os.environ.get("AWS_ALLOW_HTTP", "").lower() not in ("1", "true", "yes"):
        raise InputError(f"AWS_ENDPOINT_URL={url} is not encrypted; use https://, or set AWS_ALLOW_HTTP=true")
    return url


def region() -> str:
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"


def _credentials(location: BucketLocation) -> Callable[[], Any]:
    """Asked again by obstore shortly before they expire."""
    import boto3

    found = boto3.Session().get_credentials()
    if found is None:
        raise InputError(f"{location}: there are no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")

    def fresh() -> Any:
        frozen = found.get_frozen_credentials()
        expires = getattr(found, "_expiry_time", None)  # of those that boto3 itself renews
        return {
            "access_key_id": frozen.access_key,
            "secret_access_key": frozen.secret_key,
            "token": frozen.token,
            "expires_at": expires.astimezone(UTC) if expires else None,
        }

    return fresh
