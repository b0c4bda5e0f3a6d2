"""Values that several bodies have."""

import json
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field

MOST_JSON = 1 << 20  # bytes
T = TypeVar("T")


def plain(value: T) -> T:
    """JSON takes more than a database and another program's JSON do: NaN, halves of characters, endless depth."""
    try:
        size = len(json.dumps(value, ensure_ascii=False, allow_nan=False).encode())
    except (ValueError, RecursionError):
        raise ValueError("holds what is no plain JSON: NaN, half a character, or too many levels") from None
    if size > MOST_JSON:
        raise ValueError(f"is larger than {MOST_JSON} bytes")
    return value


PlainJson = Annotated[dict[str, Any], AfterValidator(plain)]
Count = Annotated[int, Field(ge=0, le=(1 << 63) - 1)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
# One line: without control characters, which lists and databases do not bear.
Line = Annotated[str, Field(min_length=1, max_length=255, pattern="^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$")]
TaskName = Annotated[str, Field(max_length=255, pattern=r"^[a-zA-Z0-9_+=,.@:\/-]*$")]
ScoreType = Annotated[TaskName, Field(min_length=1)]
