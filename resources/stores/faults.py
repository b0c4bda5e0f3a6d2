"""What a failed request to a bucket says, in words: what all providers have in common."""

import re
from collections.abc import Mapping
from typing import NamedTuple


class Fault(NamedTuple):
    """In words. passes: nobody has to mend anything: the same request may go well later."""

    reason: str
    mend: str
    passes: bool = False


AGAIN = "run again later: what was done is kept"
EXPIRED = "renew them and run again: what was done is kept"
_STATUS = re.compile(r"(?:status code|\(code): (\d{3})")
_CODE = re.compile(r"<Code>(\w+)</Code>|\(code: ([A-Za-z]\w*)\)")  # the latter of one object of several


def fault_of(
    error: Exception, faults: Mapping[str, tuple[str, str]], of_status: Mapping[str, str], names: Mapping[str, str]
) -> Fault:
    """What an error about the whole bucket says.

    faults: reason and mend by the server's code, with the names of settings in braces. of_status: the code that a
    status stands for, where the answer has none. names: what a user calls the settings that may be wrong, of which
    `endpoint` is always one.
    """
    code, status = code_and_status(error)
    code = code or of_status.get(status, "")
    if code in faults:
        reason, mend = faults[code]
        return Fault(reason, mend.format_map(names), mend == AGAIN)
    if status:
        return Fault(f"the server answers {status}{f' {code}' if code else ''}", AGAIN, passes=status >= "429")
    return Fault(
        f"no answer ({_first_line(str(error))})",
        f"check the network and {names['endpoint']} and run again: what was done is kept",
        passes=True,
    )


def code_and_status(error: Exception) -> tuple[str, str]:
    """Each empty where the server gave none: the errors of obstore hold its answer as text."""
    text = str(error)
    code, status = _CODE.search(text), _STATUS.search(text)
    return (code[1] or code[2]) if code else "", status[1] if status else ""


def _first_line(text: str) -> str:
    """Without addresses, numbers of attempts, and what the library adds for its own developers."""
    line = text.partition("\n")[0].rpartition(" - ")[2]
    return re.sub(r"https?://\S+", "the server", line)[:200]
