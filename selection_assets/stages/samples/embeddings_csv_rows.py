"""What a row of an embeddings CSV may hold: read line by line, with the line and column of the first violation.

Slow, so only for files that `embeddings_csv` does not read fast: bad ones, and good ones that are written unusually
(blanks behind numbers, quotation marks in odd places). Rules on the header are in `embeddings_csv_header`.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from configs.errors import InputError
from selection_assets.stages.samples.embeddings_csv_header import FLAGS
from selection_assets.stages.samples.names import name_fault

BLANKS = " \t"  # around a number, a label and a flag they count for nothing; in a name or a text they belong to it
FLAG_VALUES = {"0": False, "1": True, "false": False, "true": True, "0.0": False, "1.0": True}
BLOCK_ROWS = 4_096
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_LABEL = re.compile(r"([+-]?[0-9]+)(\.0*)?")  # 3.0 is what a table with gaps makes of 3
_TOO_LARGE = 2.0**128 - 2.0**103  # from here on float32 rounds to infinity


def read_rows(path: Path, columns: list[str], where: str) -> pl.DataFrame:
    """filename, embedding (Array(Float32, d)), label (String), masked, preselected, then the extra columns as text.

    An empty extra value is null. Raises InputError for the first line that breaks a rule.
    """
    places = {name: place for place, name in enumerate(columns)}
    embedding = slice(1, 1 + sum(name.startswith("embedding_") for name in columns))
    extra = [name for name in columns[places["labels"] + 1 :] if name not in FLAGS]
    dimensions = embedding.stop - 1
    blocks: list[pl.DataFrame] = []
    for rows in _blocks(_checked(path, columns, where)):
        numbers = pl.Series([value.strip(BLANKS) for row in rows for value in row[embedding]], dtype=pl.String)
        vectors = numbers.cast(pl.Float32).to_numpy().reshape(len(rows), dimensions)
        blocks.append(
            pl.DataFrame(
                {
                    "filename": [row[0] for row in rows],
                    "embedding": pl.Series(vectors, dtype=pl.Array(pl.Float32, dimensions)),
                    "label": [str(_label(row[places["labels"]])) for row in rows],
                    **{
                        ours: [theirs in places and FLAG_VALUES[_flag(row[places[theirs]])] for row in rows]
                        for theirs, ours in FLAGS.items()
                    },
                    **{name: pl.Series([row[places[name]] or None for row in rows], dtype=pl.String) for name in extra},
                }
            )
        )
    return pl.concat(blocks) if blocks else pl.DataFrame()


def _blocks(rows: Iterable[list[str]]) -> Iterator[list[list[str]]]:
    block: list[list[str]] = []
    for row in rows:
        block.append(row)
        if len(block) == BLOCK_ROWS:
            yield block
            block = []
    if block:
        yield block


def _checked(path: Path, columns: list[str], where: str) -> Iterator[list[str]]:
    """Every row as text, after all checks."""
    seen: dict[str, int] = {}
    try:
        with path.open("rb") as file, _long_values():
            lines = _decoded(file, where)
            next(lines, "")  # the header
            reader = csv.reader(lines, strict=True)
            first = 2  # line in which the row starts: a text may span several
            while True:
                try:
                    row = next(reader, None)
                except csv.Error as error:
                    raise InputError(f"{where}, line {first}: {_mend(error)}") from error
                if row is None:
                    return
                _check_row(row, columns, f"{where}, line {first}")
                known = seen.setdefault(row[0], first)
                if known != first:
                    raise InputError(
                        f"{where}, line {first}, column filenames: {row[0]!a} stands in line {known} too; remove one"
                    )
                yield row
                first = reader.line_num + 2
    except OSError as error:
        raise InputError(f"{where}: cannot be read ({error.strerror}); check the disk and run again") from error


def _decoded(lines: Iterable[bytes], where: str) -> Iterator[str]:
    for number, raw in enumerate(lines, 1):
        try:
            yield raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise InputError(f"{where}, line {number}: is not UTF-8 text; save the file as CSV in UTF-8") from error


def _mend(error: csv.Error) -> str:
    if "new-line" in str(error):
        return "holds a line end of another kind than the others; save the file with one kind of line ends"
    return (
        "a quotation mark is not closed or stands within a value; put a value that holds one in quotation marks and "
        "double it"
    )


@contextmanager
def _long_values() -> Iterator[None]:
    """Values of any length: the module refuses 128 kB otherwise."""
    before = csv.field_size_limit(2**31 - 1)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _check_row(row: list[str], columns: list[str], where: str) -> None:
    if not any(value.strip() for value in row) and len(row) <= 1:
        raise InputError(f"{where}: is empty; remove the line")
    if len(row) != len(columns):
        raise InputError(
            f"{where}: has {len(row)} values, the header has {len(columns)} columns; complete or remove it"
        )
    for name, value in zip(columns, row, strict=True):
        fault = _fault(name, value)
        if fault:
            raise InputError(f"{where}, column {name}: {_shown(value)} {fault}")


def _fault(name: str, value: str) -> str:
    """What is wrong with a value and how to mend it; empty when nothing is."""
    if name.startswith("embedding_"):
        return _number_fault(value.strip(BLANKS))
    if name == "labels":
        return _label_fault(value)
    if name == "filenames":
        return _filename_fault(value)
    if name in FLAGS:
        text = _flag(value)
        if not text:
            return "is empty; write 0 or 1"
        return "" if text in FLAG_VALUES else "is neither 0 nor 1; write 0 or 1"
    return ""


def _filename_fault(value: str) -> str:
    if not value:
        return "is empty; write the name of the sample"
    fault = name_fault(value)
    return fault and (
        f"is no relative file name ({fault}); use folder/name.jpg without commas, control characters, '.', '..', a "
        "drive or a leading slash"
    )


def _label_fault(value: str) -> str:
    label = _label(value)
    if label is None:
        return "is not an integer; write one, for example 0"
    return "" if -(2**63) <= label < 2**63 else "is an integer of more than 64 bits; write a smaller one"


def _label(value: str) -> int | None:
    match = _LABEL.fullmatch(value.strip(BLANKS))
    if match is None:
        return None
    digits = match[1]
    return int(digits) if len(digits) < 1_000 else 2**63  # too large, and Python counts such digits slowly


def _flag(value: str) -> str:
    return value.strip(BLANKS).lower()


def _number_fault(value: str) -> str:
    if not value:
        return "is empty; write a number"
    if value.lower().lstrip("+-") in ("nan", "inf", "infinity"):
        return "is not finite; embed the sample again or remove the line"
    if not _NUMBER.fullmatch(value):
        return "is not a number; write one like 0.25"
    return "" if abs(float(value)) < _TOO_LARGE else "is too large for float32; scale the embeddings"


def _shown(value: str) -> str:
    return ascii(value if len(value) <= 40 else value[:37] + "...")
