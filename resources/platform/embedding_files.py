"""The CSV of an embedding as a local file, wherever it lies."""

from pathlib import Path

from configs.errors import InputError
from resources.local_copies import COPIES
from resources.output_place import store_of_file
from resources.platform.datasets import PlatformDataset
from resources.platform.embeddings import Embedding


def embedding_title(dataset: PlatformDataset, embedding: Embedding) -> str:
    """What messages call it."""
    return f"the embedding {embedding.name} of dataset {dataset.name}"


def embedding_file(dataset: PlatformDataset, embedding: Embedding) -> Path:
    """Opened as the files of its dataset are; of a bucket a copy. Raises InputError where it cannot be had."""
    where = embedding_title(dataset, embedding)
    store, name = store_of_file(embedding.place, dataset.dataset)
    try:
        path = COPIES.path(store, name)
    except OSError as error:
        raise InputError(f"{where}: cannot be read ({error.strerror or error}); try again") from None
    if path is None:
        raise InputError(f"{where}: its CSV is gone; upload it again")
    return path
