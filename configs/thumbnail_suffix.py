"""Under which name the thumbnail of a picture lies in the LIGHTLY place of a dataset."""

import re

from configs.errors import InputError
from configs.validated import shown

DEFAULT = ".lightly/thumbnails/[filename]_thumb.[extension]"
PLACEHOLDERS = re.compile(r"\[(filename|extension)\]")
LONGEST = 500  # characters
# Folders below .lightly that hold something else, which no thumbnail may replace.
_TAKEN = "crops|frames|metadata|predictions"
# What is wrong where a pattern is found, in the order in which it is looked for.
_FAULTS = {
    rf"^.{{{LONGEST + 1}}}": f"has more than {LONGEST} characters",
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]": "holds a control character, or bytes that are not UTF-8",
    r"\\": "holds a backslash",
    r"^/|^[A-Za-z]:|^\w+://": "is absolute",
    r"(^|/)\.\.(/|$)": "leads out of the LIGHTLY place",
    r"(^|/)\.(/|$)|//|/$": "holds an empty part, or '.' as one",
    r"^(?!.*\[filename\])": "does not hold [filename], so all pictures would share one thumbnail",
    r"\[(?!(filename|extension)\])|(?<!\[filename)(?<!\[extension)\]": "holds brackets other than [filename] and "
    "[extension]",
    # Elsewhere thumbnails could replace pictures of the input or results, or be taken for new pictures.
    r"^(?!\.lightly/[^/\[]+/)": "does not begin with .lightly/ and the name of a folder",
    rf"^\.lightly/(?i:{_TAKEN})/": "names a folder that holds something else",
}


def checked_thumbnail_suffix(text: str, option: str = "--thumbnail-suffix ") -> str:
    """`text` as the catalog keeps it; empty where it is empty or `none`: there are no thumbnails then.

    option: how messages call it.

    Raises InputError for a name that could leave its folder or replace something else.
    """
    if text.strip().casefold() in ("", "none"):
        return ""
    for pattern, fault in _FAULTS.items():
        if re.search(pattern, text, re.DOTALL):
            raise InputError(f"{option}{shown(text)} {fault}; write {DEFAULT!r}, the like, or none")
    return text
