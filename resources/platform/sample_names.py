"""Which names a sample may have: those that the listing of runs lets through, told without the stages.

Names end up as lines of exports, where a line break could not be told from the next name, and as paths below folders.
"""

import re

from configs.errors import InputError

_FAULTS = {
    re.compile(r"^$"): "is empty",
    re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]"): "holds a line break or another control character",
    re.compile("[\ud800-\udfff]"): "holds bytes that are not UTF-8",
    re.compile(r"^/|^[A-Za-z]:[/\\]"): "is an absolute path",
    re.compile(r"(^|[/\\])\.\.([/\\]|$)"): "holds '..' as a folder",
    re.compile(r"(^|/)\.(/|$)"): "holds '.' as a folder",
    re.compile(r"//|/$"): "holds an empty name of a folder or file",
}
_ODD = ("..", "/.", "//", ":")  # what the names with most faults have


def require_sample_name(name: str) -> None:
    """Raises InputError for a name that no sample may have."""
    # Of a million names nearly all are seen to be good without a search.
    if not name.isprintable() or name[:1] in ("", "/", ".") or name[-1] == "/" or any(odd in name for odd in _ODD):
        fault = next((fault for pattern, fault in _FAULTS.items() if pattern.search(name)), None)
        if fault is not None:
            raise InputError(f"the file name {name!a} {fault}; rename the file")
