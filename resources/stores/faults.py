"""What a failed request to a bucket says, in words: what all providers have in common."""

import re
from collections.abc import Mapping

Fault = tuple[str, str]  # the reason, and what to do; with the names of settings in braces

AGAIN = "run again later: what was done is kept"
EXPIRED = "renew them and run again: what was done is kept"
_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>(\w+)</Code>")


def reason_and_mend(
    error: Exception, faults: Mapping[str, Fault], of_status: Mapping[str, str], names: Mapping[str, str]
) -> Fault:
    """faults: by the server's code. of_status: the code that a status stands for, where the answer has none.
    names: what a user calls the settings that may be wrong, of which `endpoint` is always one."""
    code, status = code_and_status(error)
    code = code or of_status.get(status, "")
    if code in faults:
        reason, mend = faults[code]
        return reason, mend.format_map(names)
    if status:
        return f"the server answers {status}{f' {code}' if code else ''}", AGAIN
    return (
        f"no answer ({_first_line(str(error))})",
        f"check the network and {names['endpoint']} and run again: what was done is kept",
    )


def code_and_status(error: Exception) -> tuple[str, str]:
    """Each empty where the server gave none: the errors of obstore hold its answer as text."""
    text = str(error)
    code, status = _CODE.search(text), _STATUS.search(text)
    return code[1] if code else "", status[1] if status else ""


def _first_line(text: str) -> str:
    """Without addresses, numbers of attempts, and what the library adds for its own developers."""
    line = text.partition("\n")[0].rpartition(" - ")[2]
    return re.sub(r"https?://\S+", "the server", line)[:200]
