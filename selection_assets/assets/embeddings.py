"""The asset `embeddings`: one float32 vector per healthy sample, computed, remembered, or read from a file."""

import logging
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from dagster import MaterializeResult, ResourceParam, asset
from numpy.typing import NDArray
from PIL import Image

from configs.errors import InputError
from configs.stages.check import CheckConfig
from configs.stages.embedding import EmbeddingConfig
from configs.stages.input import InputConfig
from resources.datapool import Datapool
from resources.datasource import Datasource
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
from selection_assets.assets.run_model import load_model_of
from selection_assets.assets.step import effective, preview, settings_of, step
from selection_assets.checks import FINITE_VECTORS, finite_vectors
from selection_assets.partitions import datasets
from selection_assets.stages.datapool.label_numbers import columns_of_labels, renumbered
from selection_assets.stages.datapool.members import other_content, pool_dimensions, with_members
from selection_assets.stages.datapool.pool_settings import PoolSettings
from selection_assets.stages.embedding.embed import EmbeddingStats, embed_images
from selection_assets.stages.embedding.weak_labels import append_weak_labels
from selection_assets.stages.models.model_row import row_of, verified_model
from selection_assets.stages.pictures.file_reading import read_regular_file
from selection_assets.stages.pictures.thumbnail_pixels import decode_thumbnail
from selection_assets.stages.samples.embeddings_csv import read_embeddings_csv, write_embeddings_csv

log = logging.getLogger("winnow")

STORE_EVERY = 512


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
    keys = samples["content_key"].to_list()
    vectors = np.empty((len(keys), row["num_ftrs"]), np.float32)
    where: dict[str, list[int]] = {}
    for position, key in enumerate(keys):
        where.setdefault(key, []).append(position)
    missing = _take_known(cache, model_name, where, vectors)
    stats = EmbeddingStats()
    if missing:
        of_pool = pool_model(run_folder, datasource)
        model = verified_model(of_pool, row) if of_pool else load_model_of(row, datasource, run_folder)
        pending: list[tuple[str, bytes]] = []
        for rows, block in embed_images(
            model,
            missing,
            _picture(samples, thumbnails, input_size, datasource, run_folder, cache),
            batch_size=config.loader.batch_size,
            num_workers=config.loader.num_workers,
            gpus=config.trainer.gpus,
            stats=stats,
        ):
            if not np.isfinite(block).all():
                raise InputError(
                    f"the model {model_name} gives NaN or infinite embeddings; use another checkpoint or train again"
                )
            for position, vector in zip(rows, block, strict=True):
                key = missing[position]
                vectors[where[key]] = vector
                pending.append((key, vector.tobytes()))
            if len(pending) >= STORE_EVERY:
                cache.put_many("embeddings", model_name, pending)
                pending.clear()
        cache.put_many("embeddings", model_name, pending)
    if stats.failed:
        name, reason = next(iter(stats.failed.items()))
        raise InputError(f"{len(stats.failed)} images cannot be embedded, first {name}: {reason}; run again")
    figures = {
        "model": model_name,
        "input_size": input_size,
        "embedded": len(missing),
        "taken_from_cache": len(where) - len(missing),
    }
    if missing:
        figures |= {
            "device": stats.device,
            "seconds": stats.seconds,
            "images_per_second": stats.images_per_second,
            "compute_efficiency": stats.efficiency,
        }
    return vectors, figures


def _take_known(
    cache: SampleCache, model_name: str, where: dict[str, list[int]], vectors: NDArray[np.float32]
) -> list[str]:
    """Fill in what is remembered; return the keys that are not."""
    missing: list[str] = []
    keys = list(where)
    for start in range(0, len(keys), STORE_EVERY):
        part = keys[start : start + STORE_EVERY]
        found = cache.get_many("embeddings", model_name, part)
        for key in part:
            if key in found:
                vectors[where[key]] = np.frombuffer(found[key], np.float32)
            else:
                missing.append(key)
    return missing


def _picture(
    samples: pl.DataFrame,
    thumbnails: pl.DataFrame,
    input_size: int,
    datasource: Datasource,
    run_folder: RunFolder,
    cache: SampleCache,
) -> Callable[[str], bytes | Image.Image]:
    """Content key -> picture: the thumbnail, or the encoded file itself where that is larger than a small thumbnail."""
    sizes = samples.select("filename", "content_key", short=pl.min_horizontal("width", "height")).join(
        thumbnails.select("filename", thumbnail=pl.min_horizontal("width", "height")), on="filename"
    )
    too_small = sizes.filter((pl.col("thumbnail") < input_size) & (pl.col("thumbnail") < pl.col("short")))
    files = dict(too_small.select("content_key", "filename").iter_rows())
    if files:
        log.info(
            "%d images are embedded from their files: thumbnails are smaller than the model's input of %d px "
            "(corruptness_check.thumbnail_size=%d avoids that).",
            len(files),
            input_size,
            input_size,
        )
    root = datasource.input_folder
    read = partial(read_regular_file, root, max_bytes=settings_of(run_folder, CheckConfig).max_file_bytes)

    def picture(key: str) -> bytes | Image.Image:
        if key in files:
            return read(files[key])
        return decode_thumbnail(cache.get_many("thumbnails", VERDICTS, [key])[key], key)

    return picture
