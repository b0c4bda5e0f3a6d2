"""Weak labels of a datapool: numbers that each run gives to its own folders, brought to one numbering.

A run numbers its top-level folders in their order, so the same folder may have another number in the next run.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.errors import InputError


def renumbered(samples: pl.DataFrame, reference: pl.DataFrame) -> pl.Series:
    """The labels of `samples`, numbered as in `reference`; both have columns filename and label.

    A folder that the reference does not know gets the next free number. Where labels are no folders (two labels in one
    folder, or one label in two), as those of an embeddings file may be, they stay what they are.
    """
    tables = [table.select("label", folder=_folder(table["filename"])).unique() for table in (samples, reference)]
    if any(table["folder"].is_duplicated().any() or table["label"].is_duplicated().any() for table in tables):
        return samples["label"]
    known = dict(tables[1].select("folder", "label").iter_rows())
    free = max(known.values(), default=-1) + 1
    for folder in tables[0].sort("label")["folder"]:
        if folder not in known:
            known[folder] = free
            free += 1
    return _folder(samples["filename"]).replace_strict(known, return_dtype=pl.Int64).alias("label")


def columns_of_labels(
    labels: NDArray[np.int64], names: Mapping[int, str], columns: Sequence[str], pool: str
) -> NDArray[np.int64]:
    """The place of each label among the one-hot columns of the datapool `pool`, found by the label's name.

    Raises InputError for a label without a column: the number of dimensions of a datapool never changes.
    """
    places = {name: place for place, name in enumerate(columns)}
    wanted = {int(label): names[int(label)] for label in np.unique(labels)}
    missing = [name for name in wanted.values() if name not in places]
    if missing:
        raise InputError(
            f"append_weak_labels: {missing[0]!a} is no weak label of datapool.name={pool}, which has {len(columns)} "
            f"({', '.join(columns[:5])}{', …' if len(columns) > 5 else ''}); start a new datapool, or one without "
            "append_weak_labels"
        )
    table = {label: places[name] for label, name in wanted.items()}
    return np.array([table[int(label)] for label in labels], np.int64)


def _folder(filenames: pl.Series) -> pl.Series:
    """The top-level folder, empty for a file that lies in none."""
    return filenames.str.extract(r"^([^/]*)/", 1).fill_null("").alias("folder")
