"""When the objects of a bucket are deleted: what every provider is asked, and what it answers."""

from typing import NamedTuple

from resources.stores.faults import code_and_status
from resources.stores.provider import CannotListError

DAY_NS = 86_400 * 10**9
NEVER_NS = 2**63 - 1


class Dated(NamedTuple):
    """An object as it was listed. key: relative to the folder. size: bytes. modified_ns: since 1970."""

    key: str
    size: int
    modified_ns: int


class Expirations(NamedTuple):
    """moments: key -> when it is deleted, in nanoseconds since 1970, of those of which that is before the moment asked
    about. unknown: what could not be found out, and how to mend that; empty where everything was."""

    moments: dict[str, int]
    unknown: str = ""


def untold(error: CannotListError, place: str, right: str) -> Expirations:
    """What is known where a server does not tell the rules of a bucket: nothing.

    place: the bucket. right: what its owner has to allow. Raises the error itself where the same request may go well
    later.
    """
    code, status = code_and_status(error)
    if not status or status == "429" or (status >= "500" and status != "501"):
        raise error
    mend = f"; allow {right} on the bucket" if status in ("401", "403") else ""
    return Expirations(
        {},
        f"the rules by which {place} deletes objects cannot be read ({code or status}), so none counts as about to "
        f"be deleted{mend}",
    )
