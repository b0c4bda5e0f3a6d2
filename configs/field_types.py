"""The types of the fields of configs: what a value must be, the same at every door.

Nothing is converted: `True` is no number, `"3"` no whole number, `1.0` no whole number (but `3` is a number). Infinite
values and nan are refused, and text that is more than one line or no UTF-8. Bounds stand on the fields.
"""

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError


def one_line(text: str) -> str:
    """`text`. Raises pydantic's error for line ends and NUL, which no path, name or column holds, and for bytes of
    other encodings, which no file of ours holds."""
    if "\0" in text or (text and text.splitlines() != [text]):
        raise PydanticCustomError("one_line", "expected one line of text")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise PydanticCustomError("string_unicode", "expected text in UTF-8")
    return text


Flag = Annotated[bool, Field(strict=True)]
Whole = Annotated[int, Field(strict=True)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Text = Annotated[str, Field(strict=True), AfterValidator(one_line)]

LARGEST_INTEGER = 2**63 - 1
