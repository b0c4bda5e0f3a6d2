"""The samples of a run beside the members of its datapool, in one table."""

import logging
from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from selection_assets.stages.datapool.members import other_content, with_members
from selection_assets.stages.datapool.pool_settings import PoolSettings
from selection_assets.stages.embedding.weak_labels import append_weak_labels
from selection_assets.stages.samples.label_numbers import numbered

log = logging.getLogger("winnow")


def join_members(name: str, samples: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """The samples that are no members of the datapool `name` yet, then the members; see `with_members`."""
    others = other_content(samples, members)
    if others:
        log.warning(
            "%d input files have the name of a member of datapool %s, but other content, first %s: they count as the "
            "member; give each delivery a sub-folder of its own to keep names apart.",
            len(others),
            name,
            others[0],
        )
    joined = with_members(name, samples, members)
    log.info(
        "Datapool %s holds %d samples, %d of them in the input: they count as selected.",
        name,
        len(members),
        len(members) + len(samples) - len(joined),
    )
    return joined


def append_pool_labels(
    name: str,
    vectors: NDArray[np.float32],
    labels: pl.Series,
    numbers: Mapping[str, int],
    made: PoolSettings | None,
    pool_dimensions: int,
) -> NDArray[np.float32]:
    """One-hot columns for the labels that an existing datapool `name` has.

    numbers: of the run's labels, for a datapool of another program, of which only numbers are known.
    Raises InputError for a label without a column: the number of dimensions of a datapool never changes.
    """
    if made is None:
        columns = [str(number) for number in range(max(0, pool_dimensions - vectors.shape[1]))]
        labels = pl.Series(numbered(labels, numbers)).cast(pl.String)
        return append_weak_labels(vectors, labels, columns, name)
    return append_weak_labels(vectors, labels, made.weak_labels or [], name)
