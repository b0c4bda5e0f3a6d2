"""Texts from outside, and pictures, within Markdown that a web page shows."""

import base64
import re

from selection_assets.stages.reporting.shorten import shorten

# What Markdown and HTML read as something else than text. An underscore within a word is one.
_SPECIAL = re.compile(r"[\\`*\[\]<>|~&$]|(?<![^\W_])_|_(?![^\W_])")


def markdown_text(text: str, length: int) -> str:
    """The text on one line, shown as it is: nothing in it is markup. Beyond `length` its middle is left out."""
    return _SPECIAL.sub(lambda found: "\\" + found.group(), shorten(text, length))


def markdown_picture(title: str, data: bytes, mime: str) -> str:
    """The picture itself, so that the page has nothing to fetch. title: shown where pictures are not."""
    return f"![{title}](data:{mime};base64,{base64.b64encode(data).decode()})"
