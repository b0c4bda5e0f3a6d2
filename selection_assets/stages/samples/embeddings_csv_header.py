"""The header of an embeddings CSV: which columns there are, checked before any row is read."""

import csv
import re
from pathlib import Path

from configs.errors import InputError

OWN_COLUMNS = ("filename", "embedding", "label", "masked", "preselected")
FLAGS = {"masked": "masked", "selected": "preselected"}  # name in the file -> name in the table
MAX_HEADER_BYTES = 64 * 2**20


def schema_names(dimensions: int) -> set[str]:
    """Names of all columns that are not extra ones."""
    return {"filenames", "labels", *FLAGS, *(f"embedding_{i}" for i in range(dimensions))}


def read_header(path: Path, where: str = "") -> list[str]:
    """Column names after all checks that need no rows. where: how messages call the file; its path by default."""
    where = where or str(path)
    try:
        with path.open("rb") as file:
            line = file.readline(MAX_HEADER_BYTES)
    except OSError as error:
        raise InputError(f"{where}: cannot be read ({error.strerror}); check the path and its permissions") from error
    try:
        header = line.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise InputError(f"{where}, line 1: is not UTF-8 text; save the file as CSV in UTF-8") from error
    if not header:
        raise InputError(f"{where}: is empty; give a CSV file that starts with filenames,embedding_0")
    if "\r" in header:
        raise InputError(f"{where}: lines end in CR alone; save the file with LF or CRLF at the ends of lines")
    where = f"{where}, line 1"
    try:
        columns = next(csv.reader([header], strict=True))
    except csv.Error as error:
        raise InputError(
            f"{where}: a quotation mark is not closed; a column name must end in the line in which it starts"
        ) from error
    for number, name in enumerate(columns, 1):
        if not name.isprintable() or name != name.strip() or not name:
            raise InputError(f"{where}, column {number}: {name!r} is no column name; remove spaces and empty columns")
        if "," in name:
            raise InputError(f"{where}, column {number}: {name!r} holds a comma; rename the column")
        if columns.index(name) != number - 1:
            raise InputError(f"{where}, column {number}: {name} appears twice; rename or remove one of them")
    if columns[0] != "filenames":
        raise InputError(f"{where}: the first column is {columns[0]!r}; it must be filenames")
    if "labels" not in columns:
        raise InputError(f"{where}: there is no column labels; add one with an integer (for example 0) in every row")
    _check_embedding_columns(columns, where)
    return columns


def _check_embedding_columns(columns: list[str], where: str) -> None:
    between = columns[1 : columns.index("labels")]
    embeddings = [name for name in between if name not in FLAGS]
    for i, name in enumerate(embeddings):
        if not re.fullmatch(r"embedding_(0|[1-9]\d*)", name):
            raise InputError(
                f"{where}, column {name}: only embedding_<n>, masked and selected may stand before labels; "
                "move other columns behind labels"
            )
        if name != f"embedding_{i}":
            raise InputError(f"{where}, column {name}: embedding_{i} was expected; number them from 0 without gaps")
    if not embeddings:
        raise InputError(f"{where}: there is no column embedding_0; an embedding needs at least one dimension")
    if columns[1 : 1 + len(embeddings)] != embeddings:
        raise InputError(
            f"{where}: masked or selected stands among the embedding columns; move it behind the last of them"
        )
    for name in columns[columns.index("labels") + 1 :]:
        if name.startswith("embedding_"):
            raise InputError(f"{where}, column {name}: stands behind labels; move it before labels")
        if name in OWN_COLUMNS and name not in FLAGS:
            raise InputError(f"{where}, column {name}: this name is reserved; rename the column")
