"""Weak labels (the sub-folder of a sample) as further embedding columns, so that selection spreads over the folders.

Only the option `append_weak_labels` belongs here.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.errors import InputError

MAX_COLUMNS = 4_096  # of one-hot columns; so many labels are ids, and a column per id tells all samples apart alike


def append_weak_labels(
    vectors: NDArray[np.float32], labels: Sequence[str] | pl.Series, columns: Sequence[str], pool: str = ""
) -> NDArray[np.float32]:
    """(N, d) and (N,) -> (N, d + len(columns)): column d + k is 1 where the label is columns[k], else 0.

    Args:
        columns: the labels that get a column, in this order; without a datapool the keys of `label_numbers`.
        pool: name of the datapool whose columns these are, for the error; its number of dimensions never changes.

    Raises:
        InputError: a label has no column, or there would be more than 4,096.
    """
    if len(columns) > MAX_COLUMNS:
        raise InputError(
            f"append_weak_labels: {len(columns):,} weak labels would be as many further dimensions, at most "
            f"{MAX_COLUMNS:,} are possible; set append_weak_labels=False, or put the samples into fewer folders"
        )
    places = {name: place for place, name in enumerate(columns)}
    names = pl.Series(labels, dtype=pl.String)
    missing = sorted(set(names.unique()) - places.keys())
    if missing:
        shown = f"{', '.join(columns[:5])}{', …' if len(columns) > 5 else ''}"
        raise InputError(
            f"append_weak_labels: {missing[0]!a} is no weak label of datapool.name={pool}, which has {len(columns)} "
            f"({shown}); start a new datapool, or one without append_weak_labels"
        )
    joined = np.zeros((len(vectors), vectors.shape[1] + len(columns)), np.float32)
    joined[:, : vectors.shape[1]] = vectors
    if len(names):
        place = names.replace_strict(places, return_dtype=pl.Int64).to_numpy()
        joined[np.arange(len(names)), vectors.shape[1] + place] = 1.0
    return joined
