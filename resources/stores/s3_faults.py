"""What a failed request to S3 says: about one object, or about the bucket, the credentials, the network.

Source: docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html.
"""

import re
from dataclasses import dataclass

from resources.stores import faults


@dataclass(frozen=True)
class Names:
    """What a user calls the settings that may be wrong."""

    keys: str
    token: str
    region: str
    endpoint: str


OF_ENVIRONMENT = Names(
    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_ENDPOINT_URL"
)
OF_DATASET = Names(
    *(
        f"{name} in the dataset's credentials"
        for name in ("access_key and secret_access_key", "session_token", "region", "endpoint_url")
    )
)

_ASSUMING = re.compile(r"\((\w+)\) when calling the AssumeRole operation")  # in the words of boto3

_REDIRECT = "redirect without LOCATION"  # in the words of obstore, which drops the answer itself

_WRONG_KEYS = "check {keys}"
_WRONG_REGION = "set {region} to the region of the bucket"
_MENDS = {
    "NoSuchBucket": ("there is no such bucket", "check its name, and {endpoint}"),
    "InvalidAccessKeyId": ("the access key is not known there", _WRONG_KEYS),
    "SignatureDoesNotMatch": ("the secret key does not fit the access key", _WRONG_KEYS),
    "ExpiredToken": ("the credentials have expired", faults.EXPIRED),
    "InvalidToken": ("the session token is not valid", "set {token} anew, or unset it"),
    "TokenRefreshRequired": ("the credentials have expired", faults.EXPIRED),
    "RequestTimeTooSkewed": ("the clock of this machine is wrong", "set it"),
    "PermanentRedirect": ("the bucket lies in another region", _WRONG_REGION),
    "AuthorizationHeaderMalformed": ("the bucket lies in another region", _WRONG_REGION),
    "IllegalLocationConstraintException": ("the bucket lies in another region", _WRONG_REGION),
    "AccessDenied": ("access denied", "allow s3:ListBucket on the bucket and s3:GetObject on its objects"),
    "SlowDown": ("requests are throttled for too long", faults.AGAIN),
}
_OF_STATUS = {
    "301": "PermanentRedirect",
    "403": "AccessDenied",
    "404": "NoSuchBucket",
    "503": "SlowDown",
}


def fault_of(error: Exception, names: Names = OF_ENVIRONMENT) -> faults.Fault:
    """What an error about the whole bucket says."""
    if assuming := _ASSUMING.search(str(error)):
        return faults.Fault(
            f"the role cannot be assumed ({assuming[1]})", "check role_arn, external_id and the role's trust policy"
        )
    if _REDIRECT in str(error):
        reason, mend = _MENDS["PermanentRedirect"]
        return faults.Fault(reason, mend.format_map(vars(names)))
    return faults.fault_of(error, _MENDS, _OF_STATUS, vars(names))
