"""The columns of the samples that strategies name, and the checks that several inputs share.

Columns of the embeddings file behind `labels` are carried as `extra.<name>`. There a score is the column `<score>`, or
`<task>.<score>`; metadata the column of its key; predictions one column per class, `<task>.class_distribution.<class>`
or `<task>.category_count.<class>`; a tag the column `tag.<name>`, 1 for its samples. Metadata `lightly.…` is measured
where images were read. How each input is read is in its own file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.errors import InputError
from configs.stages.selection_checks import absent_column
from configs.strategies.metadata import MEASURED
from configs.validated import shown

LARGEST = 1e100  # sums and products of as many numbers as there may be stay finite
EXTRA = "extra."
TAG = f"{EXTRA}tag."


@dataclass(frozen=True, eq=False)
class OtherTag:
    """The samples of a tag of another dataset.

    vectors (q, d): scaled as those of the run are. about: what was read, as JSON holds it; `dataset` and `samples` are
    for people. same_samples: names of those that lie where the run's samples lie, and so are the same as these.
    """

    vectors: NDArray[np.floating]
    about: Mapping[str, Any] = field(default_factory=dict)
    same_samples: Sequence[str] = ()


TagVectors = Mapping[tuple[str, str], OtherTag]  # by dataset (id) and tag (name)


@dataclass(eq=False)
class FoundColumns:
    """Collects what goals name, while their inputs are read.

    samples: n rows of `with_columns_of_the_input`; embeddings (n, d); tags: of other datasets, see `TagVectors`; found:
    columns by name, for the engine's table; queries (n,): samples of tags.
    """

    samples: pl.DataFrame
    embeddings: NDArray[np.floating]
    tags: TagVectors = field(default_factory=dict)
    found: dict[str, pl.Series] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.queries = np.zeros(len(self.samples), bool)

    def add(self, name: str, values: pl.Series, note: str = "") -> str:
        """Keep a column under `name`; where other values have that name already, with the note."""
        if name in self.found and not self.found[name].equals(values, null_equal=True):
            name += note
        self.found[name] = values
        return name


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


def extra_column(samples: pl.DataFrame, name: str, where: str, comes: str) -> pl.Series:
    """The column `name` of the embeddings file. Raises InputError, beginning with `where`, where there is none."""
    if f"{EXTRA}{name}" not in samples.columns:
        raise absent(samples, name, where, comes)
    return samples[f"{EXTRA}{name}"]


def absent(samples: pl.DataFrame, name: str, where: str, comes: str) -> InputError:
    """`comes`: `scores come`."""
    columns = [column.removeprefix(EXTRA) for column in samples.columns if column.startswith(EXTRA)]
    return absent_column(where, comes, name, columns)


def finite_numbers(samples: pl.DataFrame, column: pl.Series, where: str) -> pl.Series:
    """(n,) Float64; 0 for masked samples and members of the datapool. Raises InputError naming the first sample whose
    value is no number, or larger than `LARGEST`."""
    name = column.name.removeprefix(EXTRA)
    matters = ~(samples["masked"] | samples["datapool"])
    values = column.cast(pl.Float64, strict=False)
    bad = matters & ~(values.abs() <= LARGEST).fill_null(False)
    if bad.any():
        row = int(bad.arg_true()[0])
        needed = "a finite number" if not np.isfinite(values[row] or np.nan) else f"a number of at most ±{LARGEST:g}"
        raise InputError(f"{where}: {name} of {samples['filename'][row]} is {shown(column[row])}; give {needed}")
    return pl.select(pl.when(matters).then(values).otherwise(0.0)).to_series()
