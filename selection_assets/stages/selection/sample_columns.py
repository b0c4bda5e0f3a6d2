"""What a strategy looks at, as a column of the samples: scores, metadata, predictions, tags.

The names of columns, and every check on values that arrive in them, belong here. What strategies do with them does not.

Columns of the embeddings file behind `labels` are carried as `extra.<name>`. There a score is the column `<score>`, or
`<task>.<score>`; metadata the column of its key; predictions one column per class, `<task>.class_distribution.<class>`
or `<task>.category_count.<class>`; a tag the column `tag.<name>`, 1 for its samples. Metadata `lightly.…` is measured
where images were read.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.errors import InputError
from configs.validated import shown

EXTRA = "extra."
TAG = f"{EXTRA}tag."
MEASURED = {
    "lightly.width": "width",
    "lightly.height": "height",
    "lightly.sharpness": "sharpness",
    "lightly.snr": "snr",
    "lightly.luminance": "luminance",
    "lightly.sizeInBytes": "size_in_bytes",
}
_LARGEST_INTEGER = 2.0**53


def with_columns_of_the_input(unique: pl.DataFrame, checked: pl.DataFrame, dedup: pl.DataFrame) -> pl.DataFrame:
    """The rows of `unique` (filename, masked, preselected, datapool) with what the input tells about them.

    checked: measures and `extra.` columns. dedup: filename, kept_filename; a sample has the tags of its duplicates too.
    Members of the datapool that are not in the input have nulls.
    """
    names = [name for name in checked.columns if name.startswith(EXTRA) or name in MEASURED.values()]
    tags = [name for name in names if name.startswith(TAG)]
    told = checked.select("filename", *(name for name in names if name not in tags))
    samples = unique.select("filename", "masked", "preselected", "datapool").join(
        told, on="filename", how="left", maintain_order="left"
    )
    if not tags:
        return samples
    marked = checked.select("filename", *tags).join(dedup.select("filename", "kept_filename"), on="filename")
    marked = marked.group_by("kept_filename").agg(pl.col(tags).max())
    return samples.join(marked, left_on="filename", right_on="kept_filename", how="left", maintain_order="left")


def score(samples: pl.DataFrame, name: str, where: str) -> pl.Series:
    """(n,) Float64 from 0 to 1; 0 for masked samples and members of the datapool, whatever is said of them.

    Raises InputError, beginning with `where`, for a missing column and for other values.
    """
    values = _numbers(samples, _column(samples, name, where, "scores come"), where)
    bad = ~values.is_between(0, 1)
    if bad.any():
        row = int(bad.arg_true()[0])
        raise InputError(
            f"{where}: the score of {samples['filename'][row]} is {values[row]}; give a number from 0 to 1"
        )
    return values


def metadata_numbers(samples: pl.DataFrame, key: str, where: str) -> pl.Series:
    """(n,) Float64 of a numeric metadata key; 0 where a sample is masked or in the datapool. InputError as `score`."""
    return _numbers(samples, _metadata(samples, key, where), where)


def metadata_classes(samples: pl.DataFrame, key: str, where: str) -> pl.Series:
    """(n,) the column of a categorical metadata key as text, integers or booleans; null: no class.

    Raises InputError for a missing column, and for numbers with fractions.
    """
    column = _metadata(samples, key, where)
    if not column.dtype.is_float():
        return column
    values = column.drop_nulls()
    if not (values.round() == values).all() or (values.abs() >= _LARGEST_INTEGER).any():
        other = next(value for value in values if value != round(value) or abs(value) >= _LARGEST_INTEGER)
        raise InputError(f"{where}: BALANCE needs text, integers or booleans; {key} holds {other}")
    return column.cast(pl.Int64)


def class_vectors(samples: pl.DataFrame, task: str, name: str, where: str) -> tuple[pl.Series, tuple[str, ...]]:
    """(n,) lists of one number per class, and the classes in the order of the columns; an empty value counts as 0.

    name: class_distribution or category_count. Raises InputError where there is no such column, or a value that is no
    number of at least 0.
    """
    prefix = f"{EXTRA}{task}.{name}."
    columns = [column for column in samples.columns if column.startswith(prefix)]
    if not columns:
        raise _absent(samples, f"{task}.{name}.<class>", where, "predictions come")
    for column in columns:
        series = samples[column]
        bad = ~series.is_between(0, np.inf, closed="left") if series.dtype.is_numeric() else series.is_not_null()
        bad = bad.fill_null(False)
        if bad.any():
            row = int(bad.arg_true()[0])
            raise InputError(
                f"{where}: {column.removeprefix(EXTRA)} of {samples['filename'][row]} is {shown(series[row])}; give a "
                "number of at least 0"
            )
    lists = samples.select(pl.concat_list(pl.col(columns).cast(pl.Float64).fill_null(0.0))).to_series()
    return lists, tuple(column.removeprefix(prefix) for column in columns)


def tagged(samples: pl.DataFrame, tag: str, where: str) -> NDArray[np.bool_]:
    """(n,) the samples of a tag. Raises InputError for a missing column, and for values other than 0 and 1."""
    column = _column(samples, f"tag.{tag}", where, "samples of a tag come")
    marks = column.cast(pl.Float64, strict=False).fill_null(0.0)
    bad = ~marks.is_in([0.0, 1.0]) | (column.is_not_null() & column.cast(pl.Float64, strict=False).is_null())
    if bad.any():
        row = int(bad.arg_true()[0])
        raise InputError(
            f"{where}: tag.{tag} of {samples['filename'][row]} is {shown(column[row])}; write 1 for the samples of the "
            "tag and 0 for others"
        )
    found = (marks == 1.0).to_numpy()
    if not found.any():
        raise InputError(f"{where}: the tag {tag} holds no sample; write 1 in column tag.{tag} for at least one")
    return found


def _metadata(samples: pl.DataFrame, key: str, where: str) -> pl.Series:
    measured = samples[MEASURED[key]] if key in MEASURED else None
    given = f"{EXTRA}{key}" in samples.columns
    if measured is not None and measured.null_count() < len(measured) and not given:
        return measured
    if given:
        return samples[f"{EXTRA}{key}"]
    if measured is not None:
        raise InputError(
            f"{where}: {key} is measured on images, and none were read; put it in a column {key} of the embeddings file"
        )
    if key.startswith("lightly."):
        raise InputError(f"{where}: {key} is not measured; there are: {', '.join(MEASURED)}")
    return _column(samples, key, where, "metadata comes")


def _column(samples: pl.DataFrame, name: str, where: str, what: str) -> pl.Series:
    if f"{EXTRA}{name}" not in samples.columns:
        raise _absent(samples, name, where, what)
    return samples[f"{EXTRA}{name}"]


def _absent(samples: pl.DataFrame, name: str, where: str, what: str) -> InputError:
    columns = [column.removeprefix(EXTRA) for column in samples.columns if column.startswith(EXTRA)]
    found = (
        f"its columns behind labels are {', '.join(columns[:20])}" if columns else "there is no column behind labels"
    )
    return InputError(f"{where}: {what} from a column of an embeddings file (embeddings=…), here {name}; {found}")


def _numbers(samples: pl.DataFrame, column: pl.Series, where: str) -> pl.Series:
    name = column.name.removeprefix(EXTRA)
    matters = ~(samples["masked"] | samples["datapool"])
    values = column.cast(pl.Float64, strict=False)
    bad = matters & ~values.is_finite().fill_null(False)
    if bad.any():
        row = int(bad.arg_true()[0])
        raise InputError(f"{where}: {name} of {samples['filename'][row]} is {shown(column[row])}; give a finite number")
    return pl.select(pl.when(matters).then(values).otherwise(0.0)).to_series()
