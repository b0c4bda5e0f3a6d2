"""What a failed request to S3 says: about one object, or about the bucket, the credentials, the network.

Sources: docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html; the errors of obstore hold the answer as text.
"""

import re
from dataclasses import dataclass


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

_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>(\w+)</Code>")
_ASSUMING = re.compile(r"\((\w+)\) when calling the AssumeRole operation")  # in the words of boto3

_WRONG_KEYS = "check {keys}"
_WRONG_REGION = "set {region} to the region of the bucket"
_MENDS = {
    "NoSuchBucket": ("there is no such bucket", "check its name, and {endpoint}"),
    "InvalidAccessKeyId": ("the access key is not known there", _WRONG_KEYS),
    "SignatureDoesNotMatch": ("the secret key does not fit the access key", _WRONG_KEYS),
    "ExpiredToken": ("the credentials have expired", "renew them and run again: what was done is kept"),
    "InvalidToken": ("the session token is not valid", "set {token} anew, or unset it"),
    "TokenRefreshRequired": ("the credentials have expired", "renew them and run again: what was done is kept"),
    "RequestTimeTooSkewed": ("the clock of this machine is wrong", "set it"),
    "PermanentRedirect": ("the bucket lies in another region", _WRONG_REGION),
    "AuthorizationHeaderMalformed": ("the bucket lies in another region", _WRONG_REGION),
    "IllegalLocationConstraintException": ("the bucket lies in another region", _WRONG_REGION),
    "AccessDenied": ("access denied", "allow s3:ListBucket on the bucket and s3:GetObject on its objects"),
    "SlowDown": ("requests are throttled for too long", "run again later: what was done is kept"),
}
_OF_STATUS = {
    "301": "PermanentRedirect",
    "403": "AccessDenied",
    "404": "NoSuchBucket",
    "503": "SlowDown",
}


def reason_and_mend(error: Exception, names: Names = OF_ENVIRONMENT) -> tuple[str, str]:
    """In words: what an error about the whole bucket says, and what to do."""
    text = str(error)
    if assuming := _ASSUMING.search(text):
        return f"the role cannot be assumed ({assuming[1]})", "check role_arn, external_id and the role's trust policy"
    code, status = _CODE.search(text), _STATUS.search(text)
    name = code[1] if code else _OF_STATUS.get(status[1] if status else "", "")
    if name in _MENDS:
        reason, mend = _MENDS[name]
        return reason, mend.format_map(vars(names))
    if status:
        return f"the server answers {status[1]}{f' {name}' if name else ''}", "run again later: what was done is kept"
    return (
        f"no answer ({_first_line(text)})",
        f"check the network and {names.endpoint} and run again: what was done is kept",
    )


def _first_line(text: str) -> str:
    """Without addresses, numbers of attempts, and what the library adds for its own developers."""
    line = text.partition("\n")[0].rpartition(" - ")[2]
    return re.sub(r"https?://\S+", "the server", line)[:200]
