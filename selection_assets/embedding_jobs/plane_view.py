"""EMBEDDINGS2D: from an embedding to a CSV beside it, with a place in the plane for each of its rows."""

import tempfile
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.errors import InputError
from resources.output_place import store_of_file
from resources.platform.datasets import existing_dataset
from resources.platform.jobs import Job, finish_job
from selection_assets.embedding_jobs.asked_embedding import asked_embedding, read_embedding
from selection_assets.stages.reporting.analysis.neighbour_graph import neighbour_graph
from selection_assets.stages.reporting.analysis.pca import pca
from selection_assets.stages.reporting.analysis.tsne import tsne
from selection_assets.stages.reporting.analysis.umap import umap

MOST_ROWS = {"PCA": 1 << 31, "TSNE": 20_000, "UMAP": 200_000}
NEIGHBOURS = 15  # the usual number, for UMAP


def do_plane_view(job: Job) -> str:
    """The place of the CSV: filenames, x, y; the job has ended then.

    Raises InputError where the embedding cannot be read, or nothing written beside it.
    """
    dataset = existing_dataset(job.dataset)
    embedding = asked_embedding(dataset, job.asked["embedding"])
    frame = read_embedding(dataset, embedding)
    xy = _coordinates(job.asked["method"], frame["embedding"].to_numpy())
    store, name = store_of_file(embedding.place, dataset.dataset)
    beside = f"{name.removesuffix('.csv')}_{job.asked['method'].lower()}.csv"
    with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
        file = Path(folder, "view.csv")
        pl.DataFrame({"filenames": frame["filename"], "x": xy[:, 0], "y": xy[:, 1]}).write_csv(file)
        try:
            store.put(beside, file)
        except OSError as error:
            words = f"{beside} cannot be written beside the embedding {embedding.name} ({error.strerror or error})"
            raise InputError(f"{words}; give the server the right to") from None
    place = store.place(beside)
    finish_job(job, place)
    return place


def _coordinates(method: str, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, 2). Raises InputError for more rows than can be laid out in a reasonable time."""
    if len(vectors) > MOST_ROWS[method]:
        raise InputError(
            f"{method} lays out at most {MOST_ROWS[method]:,} rows, for more take too long; the embedding has "
            f"{len(vectors):,}; ask for PCA, or upload fewer"
        )
    if method == "PCA":
        return pca(vectors).coordinates
    if method == "TSNE":
        return tsne(vectors)
    return umap(vectors, neighbour_graph(vectors, NEIGHBOURS), NEIGHBOURS)
