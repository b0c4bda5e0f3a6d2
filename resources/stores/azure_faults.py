"""What a failed request to Azure says about the container, the token, the network.

Sources: learn.microsoft.com/en-us/rest/api/storageservices/common-rest-api-error-codes and blob-service-error-codes.
"""

from dataclasses import dataclass

from resources.stores import faults


@dataclass(frozen=True)
class Names:
    """What a user calls the settings that may be wrong."""

    token: str
    account: str
    endpoint: str


OF_ENVIRONMENT = Names("AZURE_STORAGE_SAS_TOKEN", "AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ENDPOINT")
OF_DATASET = Names(*(f"{name} in the dataset's credentials" for name in ("sas_token", "account_name", "endpoint_url")))

_EXPIRED = "the SAS token has expired", "set {token} anew and run again: what was done is kept"
_WRONG_TOKEN = "the SAS token is not valid there", "check {token} and {account}, and that it is for this container"
_MISSING_RIGHT = "the SAS token does not permit it", "give it the permissions Read (r) and List (l)"
_FAULTS = {
    "ContainerNotFound": ("there is no such container", "check its name, {account} and {endpoint}"),
    "ContainerBeingDeleted": ("the container is being deleted", "check its name"),
    "AuthenticationFailed": _WRONG_TOKEN,
    "AuthorizationFailure": _WRONG_TOKEN,
    "InvalidAuthenticationInfo": _WRONG_TOKEN,
    "AuthorizationPermissionMismatch": _MISSING_RIGHT,
    "AuthorizationResourceTypeMismatch": ("the SAS token does not permit it", "allow it for containers and objects"),
    "AuthorizationServiceMismatch": ("the SAS token does not permit it", "allow it for the blob service"),
    "AuthorizationProtocolMismatch": ("the SAS token is for https:// only", "check {endpoint}"),
    "AuthorizationSourceIPMismatch": ("the SAS token is not for this machine's address", "check {token}"),
    "InsufficientAccountPermissions": ("access denied", "allow the account to read and list"),
    "AccountIsDisabled": ("the account is disabled", "check {account}"),
    "ServerBusy": ("requests are throttled for too long", faults.AGAIN),
}
_OF_STATUS = {"403": "AuthenticationFailed", "404": "ContainerNotFound", "503": "ServerBusy"}


def fault_of(error: Exception, names: Names, expired: bool) -> faults.Fault:
    """expired: the token says so itself. What an error about the whole container says."""
    code, status = faults.code_and_status(error)
    if expired and (status == "403" or _FAULTS.get(code) is _WRONG_TOKEN):
        return faults.Fault(_EXPIRED[0], _EXPIRED[1].format_map(vars(names)))
    return faults.fault_of(error, _FAULTS, _OF_STATUS, vars(names))
