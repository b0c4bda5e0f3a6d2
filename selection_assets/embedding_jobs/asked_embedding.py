"""The embedding that a job is about."""

import polars as pl

from configs.errors import InputError
from resources.platform.datasets import PlatformDataset
from resources.platform.embedding_files import embedding_file, embedding_title
from resources.platform.embeddings import Embedding, find_embedding
from selection_assets.stages.samples.embeddings_csv import read_embeddings_csv


def asked_embedding(dataset: PlatformDataset, id: str) -> Embedding:
    """Raises InputError where it is gone, or was never uploaded."""
    found = find_embedding(dataset.id, id)
    if found is None or not found.is_there():
        raise InputError(f"the embedding {id} of dataset {dataset.name} is not there any more; upload it again")
    return found


def read_embedding(dataset: PlatformDataset, embedding: Embedding) -> pl.DataFrame:
    """As `read_embeddings_csv`. Raises InputError where it cannot be had, or breaks the rules of such files."""
    return read_embeddings_csv(embedding_file(dataset, embedding), embedding_title(dataset, embedding))
