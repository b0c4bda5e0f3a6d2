"""The embeddings CSV: `filenames,embedding_0,…,embedding_<d-1>[,masked][,selected],labels[,extra columns]`.

Reading and writing of the file belong here. What a row may hold is written down once, in `embeddings_csv_rows`, which
reads slowly and explains; the fast way below may only accept what that one accepts, with the same values.

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
from selection_assets.stages.samples.embeddings_csv_header import FLAGS, read_header, schema_names
from selection_assets.stages.samples.embeddings_csv_rows import BLANKS, FLAG_VALUES, read_rows
from selection_assets.stages.samples.names import bad_names

WRITE_ROWS = 16_384
SCAN_BYTES = 1 << 24
# A quotation mark in the middle of a value, or a line end of its own kind: parsers read such files differently.
_WHOLE, _CODE = r"^(0|-?[1-9][0-9]*)$", r"^[+-]?0[0-9]+$"
_ODD = re.compile(rb'[^,\n"]"[^,\r\n"]|\r[^\n]')  # three bytes at most


def read_embeddings_csv(path: Path, where: str = "") -> pl.DataFrame:
    """Read and check the whole file.

    Args:
        where: how messages call the file; its path by default.

    Returns:
        One row per sample, in their order: filename (String), embedding (Array(Float32, d)), label (String: the whole
        number as text, without leading zeros), masked (Boolean), preselected (Boolean; the column `selected`), then
        the extra columns under their own names, see `_typed`; an empty value is null.

    Raises:
        InputError: the first violation, with its line and column. Refused: a header that breaks the rules, rows with
        too few or too many values, empty rows, numbers that are none or not finite in float32, labels that are no
        whole numbers of 64 bits, repeated names, names that `names.name_fault` refuses, text that is not UTF-8.
    """
    where = where or str(path)
    columns = read_header(path, where)
    frame = _read_fast(path, columns)
    if frame is None:
        frame = read_rows(path, columns, where)
    if frame.is_empty():
        raise InputError(f"{where}: holds a header but no rows; give a file with at least one embedding")
    extra = frame.columns[len(_OWN) :]
    return frame.with_columns(_typed(frame[name]) for name in extra)


_OWN = ("filename", "embedding", "label", "masked", "preselected")


def _read_fast(path: Path, columns: list[str]) -> pl.DataFrame | None:
    """The rows, extra columns as text; None where anything about them is unusual, so that they are read slowly."""
    dimensions = sum(name.startswith("embedding_") for name in columns)
    schema: dict[str, pl.DataType] = {name: pl.String() for name in columns}
    schema |= {f"embedding_{i}": pl.Float32() for i in range(dimensions)} | {"labels": pl.Int64()}
    try:
        frame = None if _is_odd(path) else pl.read_csv(path, schema=schema)
    except (PolarsError, OSError):
        return None
    if frame is None or frame["filenames"].has_nulls() or frame["labels"].has_nulls():
        return None
    if frame[columns[-1]].has_nulls() and not _is_complete(path, len(columns)):
        return None  # a row that is too short ends in nulls, one with an empty value there too
    vectors = frame.select(f"embedding_{i}" for i in range(dimensions)).to_numpy(order="c")
    names = frame["filenames"]
    flags = {ours: _flag(frame, theirs) for theirs, ours in FLAGS.items()}
    if (
        not np.isfinite(vectors).all()  # a null is NaN here
        or bad_names(names).any()
        or names.n_unique() < len(names)
        or any(flag.has_nulls() for flag in flags.values())
    ):
        return None
    return pl.DataFrame(
        {
            "filename": names,
            "embedding": pl.Series(vectors, dtype=pl.Array(pl.Float32, dimensions)),
            "label": frame["labels"].cast(pl.String),
            **flags,
            **{name: frame[name].replace("", None) for name in columns if name not in schema_names(dimensions)},
        }
    )


def _is_odd(path: Path) -> bool:
    with path.open("rb") as file:
        text = b""
        while block := file.read(SCAN_BYTES):
            text = text[-2:] + block
            if (b'"' in text or b"\r" in text) and _ODD.search(text):
                return True
    # Where the last line is not ended, one value too many goes unseen, and so does a quotation mark that stays open.
    return text.endswith((b"\r", b",", b'""'))


def _is_complete(path: Path, n_columns: int) -> bool:
    """Whether every line has so many values; False also where that takes more than counting commas."""
    try:
        lines = pl.read_csv(path, has_header=False, separator="\x01", quote_char=None, schema={"line": pl.String()})
    except (PolarsError, OSError):
        return False
    if lines["line"].str.contains('"', literal=True).any():
        return False
    return bool((lines["line"].str.count_matches(",", literal=True) == n_columns - 1).all())


def _flag(frame: pl.DataFrame, name: str) -> pl.Series:
    """A column of zeros and ones as Boolean, null for anything else; all False where the file has no such column."""
    if name not in frame.columns:
        return pl.repeat(False, len(frame), dtype=pl.Boolean, eager=True)
    values = frame[name].str.strip_chars(BLANKS).str.to_lowercase()
    return values.replace_strict(FLAG_VALUES, default=None, return_dtype=pl.Boolean)


def _typed(column: pl.Series) -> pl.Series:
    """Int64 where every value is a whole number as a computer writes it, Float64 where every value is some number; else
    String. Blanks around numbers count for nothing.

    Codes stay text, since as numbers some would be the same: with leading zeros (`007`), or longer than 64 bits.
    """
    stripped = column.str.strip_chars(BLANKS).replace("", None)
    if stripped.str.contains(_WHOLE).all():  # nulls aside
        numbers = stripped.cast(pl.Int64, strict=False)
    elif stripped.str.contains(_CODE).any():
        return column
    else:
        numbers = stripped.cast(pl.Float64, strict=False)
    return numbers if numbers.null_count() == stripped.null_count() else column


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
