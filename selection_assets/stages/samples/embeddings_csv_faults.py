"""Where exactly a bad embeddings CSV breaks the rules: slow, line by line, only after the fast reader has failed.

Only the search for the line and column belongs here; rules on the header and on file names are in `embeddings_csv`.
"""

import csv
import re
from pathlib import Path

import numpy as np

from configs.errors import InputError

_FLOAT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_INTEGER = re.compile(r"[+-]?\d{1,18}")


def explain_fault(path: Path, columns: list[str], otherwise: str) -> InputError:
    """The error to raise for a file that the fast reader refused: the first faulty line, or else `otherwise`."""
    try:
        find_row_fault(path, columns)
    except InputError as error:
        return error
    return InputError(f"{path}: {otherwise}; write the file again as CSV in UTF-8 with one sample per line")


def find_row_fault(path: Path, columns: list[str]) -> None:
    """Raise InputError for the first line that breaks a rule; return when there is none."""
    with path.open("rb") as file:
        file.readline()
        for number, raw in enumerate(file, 2):
            _check_line(raw, columns, f"{path}, line {number}")


def _check_line(raw: bytes, columns: list[str], where: str) -> None:
    try:
        text = raw.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise InputError(f"{where}: is not UTF-8 text; save the file as CSV in UTF-8") from error
    if not text.strip():
        raise InputError(f"{where}: is empty; remove the line")
    try:
        values = next(csv.reader([text], strict=True))
    except csv.Error as error:
        raise InputError(
            f"{where}: a quotation mark is not closed; a value must end in the line in which it starts"
        ) from error
    if len(values) != len(columns):
        raise InputError(
            f"{where}: has {len(values)} values, the header has {len(columns)} columns; complete or remove it"
        )
    for name, value in zip(columns, values, strict=True):
        fault = _fault(name, value.strip())
        if fault:
            raise InputError(f"{where}, column {name}: {_shown(value)} {fault}")


def _fault(name: str, value: str) -> str:
    """What is wrong with a value and how to mend it; empty when nothing is."""
    if name.startswith("embedding_"):
        return _number_fault(value)
    if name == "labels" and not _INTEGER.fullmatch(value):
        return "is not an integer; write one, for example 0"
    if name == "filenames" and not value:
        return "is empty; write the name of the sample"
    if name in ("masked", "selected") and not value:
        return "is empty; write 0 or 1"
    return ""


def _number_fault(value: str) -> str:
    if not value:
        return "is empty; write a number"
    if value.lower().lstrip("+-") in ("nan", "inf", "infinity"):
        return "is not finite; embed the sample again or remove the line"
    if not _FLOAT.fullmatch(value):
        return "is not a number; write one like 0.25"
    with np.errstate(over="ignore"):
        finite = bool(np.isfinite(np.float32(value)))
    return "" if finite else "is too large for float32; scale the embeddings"


def _shown(value: str) -> str:
    return ascii(value if len(value) <= 40 else value[:37] + "...")
