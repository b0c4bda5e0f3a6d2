"""The asset `embeddings`: one float32 vector per healthy sample, computed, remembered, or read from a file."""

import logging
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.errors import InputError
from configs.stages.check import CheckConfig
from configs.stages.checkpoint import CheckpointConfig
from configs.stages.datapool import DatapoolConfig
from configs.stages.dedup import NormalizationConfig
from configs.stages.embedding import EmbeddingConfig
from configs.stages.input import InputConfig
from resources.datapool import datapool
from resources.datasource import Datasource
from resources.engine.local import map_batches
from resources.run import Run
from resources.run_folder import RunFolder
from resources.sample_cache import SampleCache
from resources.tables import Table
from resources.thumbnail_packs import ThumbnailPacks
from selection_assets.assets.step import Made, Output, step
from selection_assets.checks import FINITE_VECTORS, finite_vectors
from selection_assets.stages.datapool.join_members import append_pool_labels, join_members
from selection_assets.stages.datapool.label_numbers import continued
from selection_assets.stages.datapool.members import dimensions
from selection_assets.stages.datapool.way_of_run import WayOfRun, check_way, pool_model
from selection_assets.stages.embedding.embed_samples import PictureSource, embed_samples
from selection_assets.stages.embedding.weak_labels import append_weak_labels
from selection_assets.stages.models.embedding_model import EmbeddingModel
from selection_assets.stages.models.model_row import load_model_of, row_of, verified_model
from selection_assets.stages.samples.embeddings_csv import read_embeddings_csv, write_embeddings_csv
from selection_assets.stages.samples.label_numbers import label_numbers, numbered

log = logging.getLogger("winnow")


@step(
    "embedding",
    {"embeddings": Output("A vector of each healthy sample, then of each member of the datapool.", {"pytorch"}, "2")},
    checks=[FINITE_VECTORS],
)
def embeddings(
    config: EmbeddingConfig,
    samples_config: InputConfig,
    check: CheckConfig,
    checkpoint_config: CheckpointConfig,
    normalization: NormalizationConfig,
    pool_config: DatapoolConfig,
    checked_samples: Table,
    thumbnails: Table,
    checkpoint: Table,
    datapool_members: Table,
    datasource: Datasource,
    run: Run,
    folder: RunFolder,
    sample_cache: SampleCache,
    thumbnail_packs: ThumbnailPacks,
) -> Made:
    """Healthy samples with their vectors, in the order of the input; then the members of the datapool.

    Images are embedded from their thumbnails, or from the files where thumbnails are smaller than the model's input.
    A vector that was computed from the same content with the same model is not computed again.
    """
    samples = checked_samples.frame.filter("healthy")
    row = row_of(checkpoint.frame)
    way = WayOfRun(samples_config, checkpoint_config, config, normalization)
    pool = datapool(datasource, pool_config.name) if datapool_members.facts["exists"] else None

    def load() -> EmbeddingModel:
        assert row is not None
        given = checkpoint_config.checkpoint
        of_pool = pool_model(pool, way) if pool else None
        if of_pool is not None:
            return verified_model(of_pool, row)
        file = datasource.shared_file("checkpoint", given) if given else None
        return load_model_of(row, file, checkpoint_config.seed)

    if row is None:
        vectors = _given(samples, datasource, samples_config.embeddings)
        figures: dict[str, Any] = {"model": f"given by {samples_config.embeddings}"}
    else:
        log.info("Embedding images.")
        source = PictureSource(
            thumbnail_packs.of(run.dataset, thumbnails).jpegs,
            partial(datasource.input_store.get, max_bytes=check.max_file_bytes),
        )
        found, figures = embed_samples(
            samples, thumbnails.frame, row, load, source, sample_cache, map_batches, config, check
        )
        vectors = found.vectors
    numbers = label_numbers(checked_samples.frame)
    if pool:
        made = check_way(pool, way, row)
    if config.append_weak_labels:
        vectors = (
            append_pool_labels(pool.name, vectors, samples["label"], numbers, made, dimensions(datapool_members.frame))
            if pool
            else append_weak_labels(vectors, samples["label"], list(numbers))
        )
    frame = samples.select(
        "filename",
        "label",
        "kind",
        "source",
        "masked",
        "preselected",
        "content_key",
        "pixel_key",
        embedding=pl.Series(vectors, dtype=pl.Array(pl.Float32, vectors.shape[1])),
    )
    frame = (
        join_members(pool.name, frame, datapool_members.frame) if pool else frame.with_columns(datapool=pl.lit(False))
    )
    numbers = continued(numbers, frame["label"], are_numbers=row is None)
    frame = frame.with_columns(label_number=pl.Series(numbered(frame["label"], numbers), dtype=pl.Int64))
    if pool or row is not None:
        path = folder.path / "data" / "embeddings.csv"
        log.info("Saving embeddings to %s.", path)
        write_embeddings_csv(path, frame["filename"], frame["embedding"].to_numpy(), frame["label_number"])
    figures = {**figures, "dimensions": vectors.shape[1]}
    return Made(frame, figures={"embedding": figures}, metadata=figures, checks=[finite_vectors(frame)])


def _given(samples: pl.DataFrame, datasource: Datasource, name: str) -> NDArray[np.float32]:
    given = read_embeddings_csv(datasource.shared_file("embeddings", name)).select("filename", "embedding")
    joined = samples.select("filename").join(given, on="filename", how="left", maintain_order="left")
    if joined["embedding"].has_nulls():
        raise InputError(f"embeddings={name} changed during the run; run again")
    return joined["embedding"].to_numpy()
