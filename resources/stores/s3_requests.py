"""What obstore cannot ask of S3, by plain signed requests: a client of boto3 takes most of a second to make.

Source: docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html.
"""

from typing import TYPE_CHECKING

from resources.stores.location import BucketLocation
from resources.stores.provider import CannotListError
from resources.stores.s3_access import S3Access
from resources.stores.signed_pages import session

if TYPE_CHECKING:
    from requests import PreparedRequest, Session


def bucket_url(location: BucketLocation, access: S3Access) -> str:
    """Where obstore finds the bucket, too; without '/' at its end."""
    if access.endpoint:
        return f"{access.endpoint.rstrip('/')}/{location.bucket}"
    if "." in location.bucket:
        return f"https://s3.{access.region}.amazonaws.com/{location.bucket}"
    return f"https://{location.bucket}.s3.{access.region}.amazonaws.com"


def signed_session(access: S3Access) -> "Session":
    """Signs with the credentials of this moment. Raises CannotListError where there are none to be had."""
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        now = access.fresh()
    except (BotoCoreError, ClientError) as error:
        raise CannotListError(str(error)) from None
    credentials = Credentials(now["access_key_id"], now["secret_access_key"], now["token"])

    def sign(request: "PreparedRequest") -> "PreparedRequest":
        signed = AWSRequest(method=request.method, url=request.url)
        S3SigV4Auth(credentials, "s3", access.region).add_auth(signed)
        request.headers.update(signed.headers.items())
        return request

    found = session()
    found.auth = sign
    return found
