"""The asset `embeddings`: one float32 vector per healthy sample, computed, remembered, or read from a file."""

import logging
from functools import partial
from typing import Any

from configs.stages.check import CheckConfig
from configs.stages.checkpoint import CheckpointConfig
from configs.stages.datapool import DatapoolConfig
from configs.stages.dedup import NormalizationConfig
from configs.stages.embedding import EmbeddingConfig
from configs.stages.input import InputConfig
from resources.datapool import datapool
from resources.datasource import Datasource
from resources.engine.local import map_batches
from resources.given_checkpoint import given_checkpoint
from resources.locks import gpu_locks
from resources.run import Run
from resources.run_folder import RunFolder
from resources.sample_cache import SampleCache
from resources.tables import Table
from resources.thumbnail_packs import ThumbnailPacks
from selection_assets.assets.step import Made, Output, step
from selection_assets.checks import FINITE_VECTORS, finite_vectors
from selection_assets.stages.datapool.embedded_samples import KnownMembers, embedded_samples
from selection_assets.stages.datapool.members import dimensions
from selection_assets.stages.datapool.way_of_run import WayOfRun, check_way, load_model_of_way
from selection_assets.stages.embedding.embed_samples import PictureSource, embed_samples
from selection_assets.stages.embedding.given_vectors import given_vectors
from selection_assets.stages.models.embedding_model import EmbeddingModel
from selection_assets.stages.models.model_row import row_of
from selection_assets.stages.samples.embeddings_csv import write_embeddings_csv

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
    pool = datapool(datasource, pool_config) if datapool_members.facts["exists"] else None

    def load() -> EmbeddingModel:
        assert row is not None
        return load_model_of_way(pool, way, row, given_checkpoint(checkpoint_config, datasource))

    if row is None:
        name = samples_config.embeddings
        vectors = given_vectors(samples, datasource.shared_file("embeddings", name), name)
        figures: dict[str, Any] = {"model": f"given by {name}"}
    else:
        log.info("Embedding images.")
        read = partial(datasource.input_store.get, max_bytes=check.max_file_bytes)
        source = PictureSource(thumbnail_packs.of(run.dataset, thumbnails).jpegs, read)
        turn = partial(gpu_locks, run_id=run.id, waiting=log.info)
        found, figures = embed_samples(
            samples, thumbnails.frame, row, load, source, sample_cache, map_batches, config, check, gpu_turn=turn
        )
        vectors = found.vectors
    frame = embedded_samples(
        checked_samples.frame,
        vectors,
        KnownMembers(pool.name, check_way(pool, way, row), datapool_members.frame) if pool else None,
        weak_labels=config.append_weak_labels,
        are_numbers=row is None,
    )
    if pool or row is not None:
        path = folder.path / "data" / "embeddings.csv"
        log.info("Saving embeddings to %s.", folder.place(path))
        write_embeddings_csv(path, frame["filename"], frame["embedding"].to_numpy(), frame["label_number"])
    figures = {**figures, "dimensions": dimensions(frame)}
    return Made(frame, figures={"embedding": figures}, metadata=figures, checks=[finite_vectors(frame)])
