"""What a failed request to Google Cloud Storage says about the bucket, the credentials, the network.

Source: cloud.google.com/storage/docs/xml-api/reference-status.
"""

from dataclasses import dataclass

from resources.stores import faults


@dataclass(frozen=True)
class Names:
    """What a user calls the settings that may be wrong."""

    key: str
    endpoint: str


OF_ENVIRONMENT = Names("the file in GOOGLE_APPLICATION_CREDENTIALS", "gcs_base_url in that file, if it has one")
OF_DATASET = Names(
    *(f"{name} in the dataset's credentials" for name in ("private_key and client_email", "gcs_base_url"))
)

_WRONG_KEY = "the key of the service account is not valid there", "check {key}: the key may have been deleted"
_DENIED = (
    "access denied",
    "allow storage.objects.list and storage.objects.get on the bucket, for instance by the role Storage Object Viewer",
)
_THROTTLED = "requests are throttled for too long", faults.AGAIN
_FAULTS = {
    "NoSuchBucket": ("there is no such bucket", "check its name"),
    "AuthenticationRequired": _WRONG_KEY,
    "InvalidSecurity": _WRONG_KEY,
    "SignatureDoesNotMatch": _WRONG_KEY,
    "InvalidToken": _WRONG_KEY,
    "ExpiredToken": ("the token has expired", "set the clock of this machine"),
    "RequestTimeTooSkewed": ("the clock of this machine is wrong", "set it"),
    "AccessDenied": _DENIED,
    "AccountProblem": ("the account has a problem", "check the billing of its project"),
    "UserProjectAccountProblem": ("the project has a problem", "check its billing"),
    "UserProjectMissing": ("the bucket lets only requesters pay, which is not supported", "change that, or copy it"),
    "SlowDown": _THROTTLED,
    "ServiceUnavailable": _THROTTLED,
}
_OF_STATUS = {
    "401": "AuthenticationRequired",
    "403": "AccessDenied",
    "404": "NoSuchBucket",
    "429": "SlowDown",
    "503": "SlowDown",
}


def fault_of(error: Exception, names: Names) -> faults.Fault:
    """What an error about the whole bucket says."""
    return faults.fault_of(error, _FAULTS, _OF_STATUS, vars(names))
