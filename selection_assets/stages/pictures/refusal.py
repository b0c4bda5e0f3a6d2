"""Why a picture gives no result."""

import re
from dataclasses import dataclass

CONTENT_CHANGED = "ContentChanged"
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Refusal:
    """Of one file.

    reason: a sentence for people, in one line. reason_class: a stable name for programs.
    transient: it says more about this machine than about the file (time, memory, access): do not remember it.
    raised: the function raised something that is not a verdict of its own; for a function that never does, a fault.
    """

    reason: str
    reason_class: str
    transient: bool = False
    raised: bool = False


def one_line(text: str) -> str:
    """At most 200 printable characters, without memory addresses: they differ from run to run, a verdict must not."""
    text = re.sub(r"\s+", " ", "".join(c if c.isprintable() else " " for c in text)).strip()
    text = re.sub(r"<_io\.BytesIO object at 0x[0-9a-f]+>", "the file", text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
