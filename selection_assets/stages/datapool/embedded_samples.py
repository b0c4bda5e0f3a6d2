"""The table of embedded samples: who has which vector, with weak labels in it where asked, and members beside them."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from selection_assets.stages.datapool.join_members import append_pool_labels, join_members
from selection_assets.stages.datapool.label_numbers import continued
from selection_assets.stages.datapool.members import dimensions
from selection_assets.stages.datapool.pool_settings import PoolSettings
from selection_assets.stages.embedding.weak_labels import append_weak_labels
from selection_assets.stages.samples.label_numbers import label_numbers, numbered

KEPT_COLUMNS = ("filename", "label", "kind", "source", "masked", "preselected", "content_key", "pixel_key")


@dataclass(frozen=True)
class KnownMembers:
    """An existing datapool: its name, how it was made (None: not known), and `members.read_members`."""

    name: str
    made: PoolSettings | None
    members: pl.DataFrame


def embedded_samples(
    checked: pl.DataFrame,
    vectors: NDArray[np.float32],
    pool: KnownMembers | None,
    *,
    weak_labels: bool,
    are_numbers: bool,
) -> pl.DataFrame:
    """The healthy samples in their order, without those that are members; then the members.

    Args:
        checked: every sample of the run, the columns `KEPT_COLUMNS` and healthy.
        vectors: (N, D) float32 of the N healthy ones.
        weak_labels: append one-hot columns.
        are_numbers: labels are numbers of an embeddings file; else names.

    Returns `KEPT_COLUMNS`, embedding, datapool (is a member), label_number (in a CSV).
    Raises InputError where vectors or labels do not fit the datapool.
    """
    samples = checked.filter("healthy")
    numbers = label_numbers(checked)
    if weak_labels and pool:
        of_pool = dimensions(pool.members)
        vectors = append_pool_labels(pool.name, vectors, samples["label"], numbers, pool.made, of_pool)
    elif weak_labels:
        vectors = append_weak_labels(vectors, samples["label"], list(numbers))
    embedding = pl.Series(vectors, dtype=pl.Array(pl.Float32, vectors.shape[1]))
    frame = samples.select(*KEPT_COLUMNS, embedding=embedding)
    frame = join_members(pool.name, frame, pool.members) if pool else frame.with_columns(datapool=pl.lit(False))
    numbers = continued(numbers, frame["label"], are_numbers=are_numbers)
    return frame.with_columns(label_number=pl.Series(numbered(frame["label"], numbers), dtype=pl.Int64))
