"""Weak labels are names; here they become the numbers that a CSV file holds."""

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from selection_assets.stages.samples.sample import VECTOR


def label_numbers(samples: pl.DataFrame) -> dict[str, int]:
    """Label -> number, for all samples of a run (columns `label` and `kind`), sorted by number.

    The keys are the labels that occur, in their order: also that of one-hot columns.

    The label of a vector is the text of its number. Other labels are numbered from 0 in the order of their names
    (code points). Where a run has both, names that are no numbers come behind the largest.
    """
    given = {text: int(text) for text in samples.filter(pl.col("kind") == VECTOR)["label"].unique()}
    names = sorted(set(samples.filter(pl.col("kind") != VECTOR)["label"].unique()) - given.keys())
    first = max(given.values(), default=-1) + 1
    numbers = given | {name: first + place for place, name in enumerate(names)}
    return dict(sorted(numbers.items(), key=lambda item: item[1]))


def numbered(labels: pl.Series, numbers: Mapping[str, int]) -> NDArray[np.int64]:
    """(N,) String -> (N,) int64, for `write_embeddings_csv`. Raises ValueError for a label that has no number."""
    missing = sorted(set(labels.unique()) - numbers.keys())
    if missing:
        raise ValueError(f"labels without a number: {missing[:5]}")
    if not len(labels):
        return np.empty(0, np.int64)
    return labels.replace_strict(dict(numbers), return_dtype=pl.Int64).to_numpy()
