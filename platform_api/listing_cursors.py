"""Cursors of listings: opaque, signed, good for one dataset. They hold all that was asked for, and where to go on."""

from dataclasses import asdict, dataclass
from typing import Any

from platform_api.errors import ApiError
from resources.platform.listings import Kind
from resources.platform.signed_claims import SignedClaims

_CURSORS = "listing cursor"


@dataclass(frozen=True)
class Asked:
    """begin, end: seconds. relevant: name of a file in the bucket. run, artifact: ids of one that holds such names.
    after: the key to go on from."""

    dataset: str
    kind: Kind
    begin: int
    end: int
    task: str = ""
    relevant: str = ""
    run: str = ""
    artifact: str = ""
    after: str = ""


def cursor_of(asked: Asked) -> str:
    return SignedClaims(_CURSORS).signed(asdict(asked))


def asked_with(cursor: str, dataset: str, kind: Kind) -> Asked:
    """Raises ApiError where the cursor was not given by this server, for this."""
    claims: dict[str, Any] | None = SignedClaims(_CURSORS).claims(cursor)
    if claims is None or (claims["dataset"], claims["kind"]) != (dataset, kind):
        raise ApiError(422, "MALFORMED_REQUEST", "the cursor is none of this listing; begin again")
    return Asked(**claims)
