"""S3 through obstore, and through boto3 for what obstore cannot say."""

from typing import TYPE_CHECKING, Any

from resources.stores.location import BucketLocation
from resources.stores.retries import PATIENCE, RETRIES
from resources.stores.s3_access import S3Access

if TYPE_CHECKING:
    from obstore.store import S3Store


def s3_client(location: BucketLocation, access: S3Access) -> "S3Store":
    """Opens nothing yet: what is wrong with the place shows at the first request."""
    from obstore.store import S3Store

    return S3Store(
        location.bucket,
        config={
            # An endpoint that is None is refused.
            **({"endpoint": access.endpoint} if access.endpoint else {}),
            **({"server_side_encryption": "aws:kms", "sse_kms_key_id": access.kms_key} if access.kms_key else {}),
        },
        prefix=location.folder or None,
        region=access.region,
        virtual_hosted_style_request=not access.endpoint and "." not in location.bucket,
        credential_provider=access.fresh,
        client_options={**PATIENCE, "allow_http": access.endpoint.startswith("http://")},
        retry_config=RETRIES,
    )


def boto3_client(access: S3Access) -> Any:
    """The same place, with the credentials of this moment."""
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=10,
        read_timeout=60,
        retries={"mode": "standard", "max_attempts": 5},
        ignore_configured_endpoint_urls=True,  # AWS_ENDPOINT_URL does not count where a dataset has credentials
    )
    now = access.fresh()
    return boto3.client(
        "s3",
        region_name=access.region,
        endpoint_url=access.endpoint or None,
        config=config,
        aws_access_key_id=now["access_key_id"],
        aws_secret_access_key=now["secret_access_key"],
        aws_session_token=now["token"],
    )
