"""The embeddings CSV: `filenames,embedding_0,…,embedding_<d-1>[,masked][,selected],labels[,extra columns]`.

Reading and writing of the file belong here; the fault of a bad file is found in `embeddings_csv_faults`.

Columns are located by name: in files with score columns, `labels` is not the last one. Values are float32.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from polars.exceptions import PolarsError

from configs.errors import InputError
from resources.atomic_file import atomic_path
from selection_assets.stages.samples.embeddings_csv_faults import explain_fault, find_row_fault

OWN_COLUMNS = ("filename", "embedding", "label", "masked", "preselected")
FLAGS = {"masked": "masked", "selected": "preselected"}  # name in the file -> name in the frame
FLAG_VALUES = {"0": False, "1": True, "false": False, "true": True, "0.0": False, "1.0": True}
MAX_HEADER_BYTES = 64 * 2**20
WRITE_ROWS = 16_384
# What may not stand in a file name: see `_check_names`. Slashes of both kinds separate, so that `..\x` is caught too.
BAD_NAME = r"[,\x00-\x1f\x7f-\x9f\x{2028}\x{2029}]|^(.*[/\\])?(\.{0,2})([/\\].*)?$|^[A-Za-z]:[/\\]"


def read_embeddings_csv(path: Path) -> pl.DataFrame:
    """Read and check the whole file.

    Returns:
        One row per line, in their order: filename (String), embedding (Array(Float32, d)), label (Int64),
        masked (Boolean), preselected (Boolean; the column `selected`), then the extra columns under their own names
        (Float64 where every value is a number, else String; an empty value is null).

    Raises:
        InputError: the first violation, with its line and column. Refused: a header that breaks the rules, rows with
        too few or too many values, empty rows, numbers that are none or not finite in float32, file names that are
        empty, repeated, absolute, hold `.` or `..` as a folder, a comma or a control character, text that is not UTF-8.
    """
    columns = read_header(path)
    dimensions = sum(name.startswith("embedding_") for name in columns)
    schema: dict[str, pl.DataType] = {name: pl.String() for name in columns}
    schema |= {f"embedding_{i}": pl.Float32() for i in range(dimensions)} | {"labels": pl.Int64()}
    try:
        frame = pl.read_csv(path, schema=schema)
    except (PolarsError, OSError) as error:
        raise explain_fault(path, columns, f"cannot be read ({str(error).splitlines()[0]})") from error

    if frame.is_empty():
        raise InputError(f"{path}: holds a header but no rows; give a file with at least one embedding")
    vectors = frame.select(f"embedding_{i}" for i in range(dimensions)).to_numpy(order="c")
    required = frame.select("filenames", "labels")
    if sum(required.null_count().row(0)) or not np.isfinite(vectors).all():  # a null is NaN in `vectors`
        raise explain_fault(path, columns, "holds an empty value or a number that is not finite")
    extra = [name for name in columns if name not in schema_names(dimensions)]
    if extra and sum(frame.select(extra).null_count().row(0)):
        find_row_fault(path, columns)  # an empty value is fine here, a short row is not
    _check_names(frame["filenames"], path)

    samples = pl.DataFrame(
        {
            "filename": frame["filenames"],
            "embedding": pl.Series(vectors, dtype=pl.Array(pl.Float32, dimensions)),
            "label": frame["labels"],
        }
    )
    flags = {ours: _flag(frame, theirs, path) for theirs, ours in FLAGS.items()}
    return samples.with_columns(**flags).with_columns(_scores(frame[name]) for name in extra)


def schema_names(dimensions: int) -> set[str]:
    """Names of all columns that are not extra ones."""
    return {"filenames", "labels", *FLAGS, *(f"embedding_{i}" for i in range(dimensions))}


def read_header(path: Path) -> list[str]:
    """Column names after all checks that need no rows."""
    try:
        with path.open("rb") as file:
            line = file.readline(MAX_HEADER_BYTES)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path and its permissions") from error
    try:
        header = line.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}, line 1: is not UTF-8 text; save the file as CSV in UTF-8") from error
    if not header:
        raise InputError(f"{path}: is empty; give a CSV file that starts with filenames,embedding_0")
    columns = [name.strip('"') for name in header.split(",")]
    where = f"{path}, line 1"
    for number, name in enumerate(columns, 1):
        if not name.isprintable() or name != name.strip() or not name:
            raise InputError(f"{where}, column {number}: {name!r} is no column name; remove spaces and empty columns")
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


def _check_names(names: pl.Series, path: Path) -> None:
    bad = names.str.contains(BAD_NAME)
    if bad.any():
        row = int(bad.arg_true()[0])
        raise InputError(
            f"{path}, line {row + 2}, column filenames: {names[row]!a} is no relative file name; use folder/name.jpg "
            "without commas, control characters, '.', '..', a drive or a leading slash"
        )
    if names.n_unique() < len(names):
        row = int((~names.is_first_distinct()).arg_true()[0])
        first = int((names == names[row]).arg_true()[0])
        raise InputError(
            f"{path}, line {row + 2}, column filenames: {names[row]!a} stands in line {first + 2} too; remove one"
        )


def _flag(frame: pl.DataFrame, name: str, path: Path) -> pl.Series:
    """A column of zeros and ones as Boolean; all False where the file has no such column."""
    if name not in frame.columns:
        return pl.repeat(False, len(frame), dtype=pl.Boolean, eager=True)
    values = frame[name].str.to_lowercase().replace_strict(FLAG_VALUES, default=None, return_dtype=pl.Boolean)
    if values.has_nulls():
        row = int(values.is_null().arg_true()[0])
        raise InputError(
            f"{path}, line {row + 2}, column {name}: {frame[name][row]!r} is neither 0 nor 1; write 0 or 1"
        )
    return values


def _scores(column: pl.Series) -> pl.Series:
    numbers = column.cast(pl.Float64, strict=False)
    return numbers if numbers.null_count() == column.null_count() else column


def write_embeddings_csv(
    path: Path,
    filenames: Sequence[str] | pl.Series,
    vectors: NDArray[np.float32],
    labels: Sequence[int] | NDArray[np.int64] | pl.Series,
    *,
    rows: NDArray[np.int64] | None = None,
    masked: NDArray[np.bool_] | None = None,
    preselected: NDArray[np.bool_] | None = None,
    extra: Mapping[str, NDArray[np.float64]] | None = None,
) -> None:
    """Write the file whole or not at all, a block of rows at a time (`vectors` may be memory-mapped).

    Args:
        filenames, vectors, labels: (N,), (N, d) and (N,). Every float32 comes back bit for bit when read.
        rows: (M,) which rows to write, in this order; all by default.
        masked, preselected: (N,), written as columns `masked` and `selected` when given.
        extra: score columns (N,) behind `labels`, by name.

    Raises:
        ValueError: a length differs, or a vector is not finite.
        InputError: the disk is full or read-only.
    """
    names, label_column = pl.Series(filenames, dtype=pl.String), pl.Series(labels, dtype=pl.Int64)
    columns: dict[str, NDArray[np.float64] | NDArray[np.int8]] = dict(extra or {})
    flags = {"masked": masked, "selected": preselected}
    lengths = {len(names), len(vectors), len(label_column), *map(len, columns.values())}
    lengths |= {len(flag) for flag in flags.values() if flag is not None}
    if len(lengths) > 1:
        raise ValueError(f"columns of different lengths: {sorted(lengths)}")
    dimensions = [f"embedding_{i}" for i in range(vectors.shape[1])]
    chosen = np.arange(len(names)) if rows is None else rows

    with atomic_path(path) as temporary, temporary.open("wb") as file:
        for start in range(0, max(len(chosen), 1), WRITE_ROWS):
            block = chosen[start : start + WRITE_ROWS]
            values = np.asarray(vectors[block], np.float32)
            if not np.isfinite(values).all():
                raise ValueError("an embedding is not finite")
            frame = pl.DataFrame({"filenames": names[block]})
            frame = frame.with_columns(pl.DataFrame(values, schema=dimensions, orient="row"))
            frame = frame.with_columns(
                pl.Series(k, v[block].astype(np.int8)) for k, v in flags.items() if v is not None
            )
            frame = frame.with_columns(label_column[block].alias("labels"))
            frame = frame.with_columns(pl.Series(name, column[block]) for name, column in columns.items())
            frame.write_csv(file, include_header=start == 0)
