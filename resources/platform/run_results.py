"""What a run leaves in its dataset: the samples that it kept, a tag of them, and their vectors. All of it, or nothing.

The first run's tag is `initial-tag`, from which those of later batches come.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from resources.catalog.database import catalog_transaction
from resources.catalog.platform_schema import EMBEDDINGS, TAGS
from resources.platform.bit_masks import BitMask
from resources.platform.datasets import PlatformDataset
from resources.platform.embeddings import Embedding, embeddings_of, insert_embedding
from resources.platform.samples import NewSample, find_indices, insert_samples, locked_dataset
from resources.platform.tags import INITIAL_TAG, NewTag, insert_tag

EMBEDDING = "default"  # the client looks for names that begin so


@dataclass(frozen=True)
class Kept:
    """started: of the run. run: the platform's id of it, None where it was no job. samples: in their order.

    vectors: place of the CSV with the vectors of the dataset's samples; model: id of the model that made them.
    """

    started: datetime
    run: str | None
    samples: Sequence[NewSample]
    vectors: str
    model: str


@dataclass(frozen=True)
class Added:
    """indices: (n,) of the kept samples in the dataset. new: how many of them it did not have. tag: its name."""

    indices: NDArray[np.int64]
    new: int
    tag: str


def add_results(dataset: PlatformDataset, kept: Kept) -> Added:
    """Done again for the same run, it changes nothing.

    Raises PlatformError DATASET_UNKNOWN where the dataset is gone, InputError for a name that no sample may have.
    """
    with catalog_transaction() as connection:
        new = insert_samples(connection, dataset.id, kept.samples)
        indices = find_indices(connection, dataset.id, [each.file_name for each in kept.samples])
        total = locked_dataset(connection, dataset.id)
        tag = _tagged(connection, dataset.id, kept, BitMask.of_indices(indices), total)
        same = select(EMBEDDINGS.c.id).where(EMBEDDINGS.c.dataset == dataset.id, EMBEDDINGS.c.place == kept.vectors)
        if connection.execute(same).first() is None:
            name = f"{EMBEDDING}_{_stamp(kept.started)}"
            insert_embedding(connection, dataset.id, name, kept.vectors, kept.model)
    return Added(indices, new, tag)


def earlier_vectors(dataset: PlatformDataset, model: str, place: str) -> Embedding | None:
    """The newest vectors that an earlier run's same model made; not those in `place`."""
    made = (each for each in embeddings_of(dataset.id) if each.model == model and each.place != place)
    return next(made, None)


def _tagged(connection: Connection, dataset_id: str, kept: Kept, mask: BitMask, total: int) -> str:
    """The name of the run's tag, which is made where it is not there yet."""
    query = select(TAGS.c.name, TAGS.c.id, TAGS.c.bits, TAGS.c.run).where(TAGS.c.dataset == dataset_id)
    known = {row.name: row for row in connection.execute(query)}
    for row in known.values():
        if bytes(row.bits) == mask.bits and kept.run in (None, row.run):
            return str(row.name)
    stamp = _stamp(kept.started)
    names = [INITIAL_TAG, f"batch_{stamp}", *(f"batch_{stamp}_{number}" for number in range(2, len(known) + 3))]
    name = next(each for each in names if each not in known)
    previous = known[INITIAL_TAG].id if name != INITIAL_TAG else None
    insert_tag(connection, dataset_id, NewTag(name, mask, total, previous, "USER_WORKER", run=kept.run))
    return name


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y%m%d_%Hh%Mm%Ss}"
