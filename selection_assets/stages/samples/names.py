"""Which names a sample can have: one rule for the listing, the embeddings CSV and the datapool.

Names end up in CSV files, in lists of one name per line, and as paths below folders.
"""

import re

import polars as pl

# Pattern -> what is wrong, in the order in which it is looked for. Both Python's and Polars' engines read them alike.
_FAULTS = {
    r"^$": "is empty",
    ",": "holds a comma",
    "[\x00-\x1f\x7f-\x9f\u2028\u2029]": "holds a line break or another control character",
    "^/": "starts with a slash",
    r"^[A-Za-z]:[/\\]": "starts with a drive",
    # A backslash is a character like any other (ZIPs of Windows have them), but never a way up.
    r"(^|[/\\])\.\.([/\\]|$)": "holds '..' as a folder",
    r"(^|/)\.(/|$)": "holds '.' as a folder",
    "//": "holds an empty folder name",
    "/$": "ends with a slash",
}
_ANY = "|".join(f"(?:{pattern})" for pattern in _FAULTS)
_COMPILED = [(re.compile(pattern), fault) for pattern, fault in _FAULTS.items()]


def name_fault(name: str) -> str:
    """What is wrong with a name, '/'-separated and relative; empty when nothing is."""
    if not _is_utf8(name):
        return "holds bytes that are not UTF-8"
    return next((fault for pattern, fault in _COMPILED if pattern.search(name)), "")


def bad_names(names: pl.Series) -> pl.Series:
    """(N,) String -> (N,) Boolean: whether `name_fault` has something to say."""
    return names.str.contains(_ANY)


def _is_utf8(name: str) -> bool:
    if name.isascii():
        return True
    try:
        name.encode()
    except UnicodeEncodeError:  # undecodable bytes arrive as lone surrogates
        return False
    return True
