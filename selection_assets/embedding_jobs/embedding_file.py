"""The CSV of an embedding as a table, wherever it lies."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.errors import InputError
from resources.local_copies import COPIES
from resources.output_place import store_of_file
from resources.platform.datasets import PlatformDataset
from resources.platform.embeddings import Embedding, find_embedding
from resources.platform.samples import name_blocks
from selection_assets.stages.samples.embeddings_csv import read_embeddings_csv


def asked_embedding(dataset: PlatformDataset, id: str) -> Embedding:
    """Raises InputError where it is gone, or was never uploaded."""
    found = find_embedding(dataset.id, id)
    if found is None or not found.is_there():
        raise InputError(f"the embedding {id} of dataset {dataset.name} is not there any more; upload it again")
    return found


def read_embedding(dataset: PlatformDataset, embedding: Embedding) -> pl.DataFrame:
    """As `read_embeddings_csv`. Raises InputError where it cannot be had, or breaks the rules of such files."""
    where = f"the embedding {embedding.name}"
    store, name = store_of_file(embedding.place, dataset.dataset)
    try:
        path = COPIES.path(store, name)
    except OSError as error:
        raise InputError(f"{where}: cannot be read ({error.strerror or error}); try again") from None
    if path is None:
        raise InputError(f"{where}: its CSV is gone; upload it again")
    return read_embeddings_csv(path, where)


def rows_of_samples(
    dataset: PlatformDataset, embedding: Embedding, frame: pl.DataFrame, indices: NDArray[np.int64]
) -> pl.DataFrame:
    """The rows of these samples, in their order. indices: ascending.

    Raises InputError where the embedding lacks one.
    """
    names = pl.Series("filename", [name for block in name_blocks(dataset.id, indices) for name in block], pl.String)
    rows = names.to_frame().join(frame, on="filename", how="left", maintain_order="left")
    absent = rows.filter(pl.col("embedding").is_null())["filename"]
    if len(absent):
        raise InputError(
            f"the embedding {embedding.name} has no row for {len(absent)} of the {len(names)} samples, such as "
            f"{absent[0]}; choose one that was made with all of them"
        )
    return rows
