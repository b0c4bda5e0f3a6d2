"""The asset `embeddings`: one float32 vector per healthy sample, computed, remembered, or read from a file."""

import logging
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from dagster import MaterializeResult, ResourceParam, asset
from numpy.typing import NDArray

from configs.errors import InputError
from configs.stages.check import CheckConfig
from configs.stages.embedding import EmbeddingConfig
from configs.stages.input import InputConfig
from resources.datapool import Datapool
from resources.datasource import Datasource
from resources.engine.local import map_batches
from resources.run_folder import RunFolder
from resources.sample_cache import SampleCache
from selection_assets.assets.checked_samples import VERDICTS
from selection_assets.assets.run_datapool import (
    check_way_of_run,
    existing_datapool,
    pool_members,
    pool_model,
    weak_label_names,
)
from selection_assets.assets.run_model import load_model_of, row_of
from selection_assets.assets.step import effective, preview, settings_of, step
from selection_assets.checks import FINITE_VECTORS, finite_vectors
from selection_assets.partitions import datasets
from selection_assets.stages.datapool.label_numbers import columns_of_labels, renumbered
from selection_assets.stages.datapool.members import other_content, pool_dimensions, with_members
from selection_assets.stages.datapool.pool_settings import PoolSettings
from selection_assets.stages.embedding.embed import EmbeddingStats, embed_images
from selection_assets.stages.embedding.embedding_input import embedding_input, files_to_embed
from selection_assets.stages.embedding.sample_vectors import Blocks, sample_vectors
from selection_assets.stages.embedding.weak_labels import append_weak_labels
from selection_assets.stages.pictures.file_reading import read_regular_file
from selection_assets.stages.pictures.picture_limits import PictureLimits
from selection_assets.stages.samples.embeddings_csv import read_embeddings_csv, write_embeddings_csv

log = logging.getLogger("winnow")


@asset(
    partitions_def=datasets,
    check_specs=[FINITE_VECTORS],
    io_manager_key="tables",
    kinds={"pytorch", "numpy"},
    code_version="1",
    pool="gpu",
)
def embeddings(
    config: EmbeddingConfig,
    checked_samples: pl.DataFrame,
    thumbnails: pl.DataFrame,
    checkpoint: pl.DataFrame,
    datasource: ResourceParam[Datasource],
    run_folder: ResourceParam[RunFolder],
    sample_cache: ResourceParam[SampleCache],
) -> Iterator[MaterializeResult[pl.DataFrame]]:
    """Healthy samples with their vectors, in the order of the input; then the members of the datapool.

    Images are embedded from their thumbnails, or from the files where thumbnails are smaller than the model's input.
    A vector that was computed from the same content with the same model is not computed again.
    """
    config = effective(config, run_folder)
    samples = checked_samples.filter("healthy")
    file = settings_of(run_folder, InputConfig).embeddings
    with step(run_folder, "embeddings"):
        if file:
            vectors = _given(samples, datasource, file)
            figures: dict[str, Any] = {"model": f"given by {file}"}
        else:
            log.info("Embedding images.")
            vectors, figures = _computed(samples, thumbnails, checkpoint, config, datasource, run_folder, sample_cache)
        pool = existing_datapool(run_folder, datasource)
        made = check_way_of_run(pool, run_folder, row_of(checkpoint)) if pool else None
        if config.append_weak_labels:
            vectors = _with_weak_labels(vectors, samples["label"], weak_label_names(checked_samples), pool, made)
        run_folder.figures["embedding"] = {**figures, "dimensions": vectors.shape[1]}
        table = samples.select(
            "filename",
            "label",
            "masked",
            "preselected",
            "content_key",
            "pixel_key",
            embedding=pl.Series(vectors, dtype=pl.Array(pl.Float32, vectors.shape[1])),
            datapool=pl.lit(False),
        )
        if pool:
            table = _with_datapool(table, pool, pool_members(pool, made, run_folder), checked_samples)
        if pool or not file:
            path = run_folder.path / "data" / "embeddings.csv"
            log.info("Saving embeddings to %s.", path)
            write_embeddings_csv(path, table["filename"], table["embedding"].to_numpy(), table["label"])
    yield MaterializeResult(
        value=table,
        check_results=[finite_vectors(table)],
        metadata={**run_folder.figures["embedding"], "preview": preview(table)},
    )


def _given(samples: pl.DataFrame, datasource: Datasource, name: str) -> NDArray[np.float32]:
    given = read_embeddings_csv(datasource.shared_file("embeddings", name)).select("filename", "embedding")
    joined = samples.select("filename").join(given, on="filename", how="left", maintain_order="left")
    if joined["embedding"].has_nulls():
        raise InputError(f"embeddings={name} changed during the run; run again")
    return joined["embedding"].to_numpy()


def _with_weak_labels(
    vectors: NDArray[np.float32],
    labels: pl.Series,
    names: Mapping[int, str],
    pool: Datapool | None,
    made: PoolSettings | None,
) -> NDArray[np.float32]:
    """One-hot columns for all labels of the run, or those that the datapool has."""
    numbers = labels.to_numpy()
    if pool is None:
        return append_weak_labels(vectors, numbers)
    if made is None:  # of another program: the labels' numbers are all that is known
        return append_weak_labels(vectors, numbers, max(0, pool_dimensions(pool.csv) - vectors.shape[1]))
    columns = made.weak_labels or []
    return append_weak_labels(vectors, columns_of_labels(numbers, names, columns, pool.name), len(columns))


def _with_datapool(table: pl.DataFrame, pool: Datapool, members: pl.DataFrame, samples: pl.DataFrame) -> pl.DataFrame:
    """The samples that are no members yet, then the members, their weak labels numbered as in `samples`."""
    others = other_content(table, members)
    if others:
        log.warning(
            "%d input files have the name of a member of datapool %s, but other content, first %s: they count as the "
            "member; give each delivery a sub-folder of its own to keep names apart.",
            len(others),
            pool.name,
            others[0],
        )
    members = members.with_columns(renumbered(members, samples))
    joined = with_members(pool.name, table.drop("datapool"), members)
    log.info(
        "Datapool %s holds %d samples, %d of them in the input: they count as selected.",
        pool.name,
        len(members),
        len(members) + len(table) - len(joined),
    )
    return joined


def _computed(
    samples: pl.DataFrame,
    thumbnails: pl.DataFrame,
    checkpoint: pl.DataFrame,
    config: EmbeddingConfig,
    datasource: Datasource,
    run_folder: RunFolder,
    cache: SampleCache,
) -> tuple[NDArray[np.float32], dict[str, Any]]:
    """The vectors of `samples`, and figures about the work."""
    row = checkpoint.row(0, named=True)
    model_name, input_size = row["id"], row["input_size"]
    # The cache's scope is the model and the thumbnail's making: the key holds the latter.
    files = files_to_embed(samples, thumbnails, input_size)
    if files:
        log.info(
            "%d images are embedded from their files: thumbnails are smaller than the model's input of %d px "
            "(corruptness_check.thumbnail_size=%d avoids that).",
            len(files),
            input_size,
            input_size,
        )
    check = settings_of(run_folder, CheckConfig)
    read = partial(read_regular_file, datasource.input_folder, max_bytes=check.max_file_bytes)
    stats = EmbeddingStats()

    def embed(keys: list[str]) -> Blocks:
        model = pool_model(run_folder, datasource) or load_model_of(row, datasource, run_folder)
        pictures = embedding_input(
            keys,
            model.card.preprocessing,
            thumbnails=partial(cache.get_many, "thumbnails", VERDICTS),
            files=files,
            read=read,
            map_batches=map_batches,
            limits=PictureLimits(check.max_file_bytes, check.max_pixels, check.decode_timeout_seconds),
            num_workers=config.loader.num_workers,
            ahead=2 * config.loader.batch_size,
        )
        return embed_images(
            model, pictures, len(keys), batch_size=config.loader.batch_size, gpus=config.trainer.gpus, stats=stats
        )

    found = sample_vectors(
        samples["content_key"].to_list(),
        row["num_ftrs"],
        known=partial(cache.get_many, "embeddings", model_name),
        remember=partial(cache.put_many, "embeddings", model_name),
        embed=embed,
        model_name=model_name,
    )
    figures = {
        "model": model_name,
        "input_size": input_size,
        "embedded": found.embedded,
        "taken_from_cache": found.remembered,
    }
    if found.embedded:
        figures |= {
            "device": stats.device,
            "seconds": stats.seconds,
            "images_per_second": stats.images_per_second,
            "compute_efficiency": stats.efficiency,
        }
    return found.vectors, figures
