"""The datapool of a run, if it has one: what several assets ask about it. Changing it is the asset `datapool` alone."""

import logging
from collections.abc import Mapping
from typing import Any

import polars as pl

from configs.errors import InputError
from configs.stages.checkpoint import CheckpointConfig
from configs.stages.datapool import DatapoolConfig
from configs.stages.dedup import NormalizationConfig
from configs.stages.embedding import EmbeddingConfig
from configs.stages.input import InputConfig
from resources.datapool import Datapool, datapool
from resources.datasource import Datasource
from resources.run_folder import RunFolder
from selection_assets.assets.run_model import chosen_model
from selection_assets.assets.run_training import is_training
from selection_assets.assets.step import settings_of
from selection_assets.stages.datapool.members import (
    pool_dimensions,
    read_members,
    refuse_other_dimensions,
    refuse_unit_vectors,
)
from selection_assets.stages.datapool.pool_checkpoint import load_pool_model
from selection_assets.stages.datapool.pool_settings import PoolSettings, check_settings, read_settings
from selection_assets.stages.models.embedding_model import EmbeddingModel

log = logging.getLogger("winnow")


def datapool_of(run_folder: RunFolder, datasource: Datasource) -> Datapool | None:
    """The datapool that the run names, whether it exists yet or not; None where it names none."""
    name = settings_of(run_folder, DatapoolConfig).name
    return datapool(datasource, name) if name else None


def existing_datapool(run_folder: RunFolder, datasource: Datasource) -> Datapool | None:
    """The datapool that the run names, if it exists."""
    pool = datapool_of(run_folder, datasource)
    return pool if pool and pool.exists else None


def check_datapool(run_folder: RunFolder, datasource: Datasource) -> None:
    """What can be said before an image is read. Raises InputError where the run cannot use its datapool."""
    pool = datapool_of(run_folder, datasource)
    if pool is None:
        return
    is_training(run_folder)  # refuses a run that has both
    if settings_of(run_folder, DatapoolConfig).enable_datapool_update:
        pool.check_writable()
    elif not pool.exists:
        log.warning(
            "There is no datapool %s yet, and datasource.enable_datapool_update=False: none is made.", pool.name
        )
    if pool.exists:
        made = check_way_of_run(pool, run_folder)
        dimensions = _dimensions_asked(pool, run_folder, datasource)
        if dimensions is not None:
            check_dimensions(pool, dimensions, made, run_folder)


def _dimensions_asked(pool: Datapool, run_folder: RunFolder, datasource: Datasource) -> int | None:
    """Dimensions of the vectors of this run, as far as files and options tell; None: the datapool's model decides."""
    file = settings_of(run_folder, InputConfig).embeddings
    if file:
        return pool_dimensions(datasource.shared_file("embeddings", file))
    config = settings_of(run_folder, CheckpointConfig)
    if config.checkpoint or not pool.checkpoint.is_file():
        architecture = chosen_model(run_folder).architecture
        return None if architecture is None else architecture.num_ftrs
    return config.model.num_ftrs


def check_model(pool: Datapool, model: Mapping[str, Any], run_folder: RunFolder) -> None:
    """Raises InputError where the model, a row of the asset `checkpoint`, is not that of an existing datapool."""
    made = check_way_of_run(pool, run_folder, model)
    check_dimensions(pool, model["num_ftrs"], made, run_folder)
    if not pool.checkpoint.is_file():
        log.warning(
            "Datapool %s does not say which model made it; this run embeds with %s, which must be the same.",
            pool.name,
            model["source"],
        )


def check_way_of_run(
    pool: Datapool, run_folder: RunFolder, model: Mapping[str, Any] | None = None
) -> PoolSettings | None:
    """The datapool's settings, None where it has none. Raises InputError where the run makes vectors in another way.

    model: a row of the asset `checkpoint`, None where it is not known yet or there is none.
    """
    made = read_settings(pool.settings)
    if made is not None:
        embedding = settings_of(run_folder, EmbeddingConfig)
        images = not settings_of(run_folder, InputConfig).embeddings
        check_settings(
            pool.name,
            made,
            normalize_embeddings=settings_of(run_folder, NormalizationConfig).normalize_embeddings,
            append_weak_labels=embedding.append_weak_labels,
            input_size=(model["input_size"] if model else embedding.collate.input_size) if images else None,
            precision=embedding.precision if images else None,
            transform=model["transform"] if model else None,
            weights=model["weights"] if model else None,
        )
    return made


def check_dimensions(pool: Datapool, dimensions: int, made: PoolSettings | None, run_folder: RunFolder) -> None:
    """Raises InputError where vectors of so many dimensions, before weak labels are appended, do not fit."""
    if not settings_of(run_folder, EmbeddingConfig).append_weak_labels:
        refuse_other_dimensions(pool.name, dimensions, pool_dimensions(pool.csv))
    elif made is not None:
        refuse_other_dimensions(pool.name, dimensions + len(made.weak_labels or []), pool_dimensions(pool.csv))


def pool_model(run_folder: RunFolder, datasource: Datasource) -> EmbeddingModel | None:
    """The model of the datapool, where it is the one that embeds in this run: `checkpoint` names no other.

    Raises InputError where the run asks for another architecture than this model has.
    """
    pool = existing_datapool(run_folder, datasource)
    if pool is None or not pool.checkpoint.is_file() or settings_of(run_folder, CheckpointConfig).checkpoint:
        return None
    precision = settings_of(run_folder, EmbeddingConfig).precision
    model = load_pool_model(pool.checkpoint, read_settings(pool.settings), precision)
    options = settings_of(run_folder, CheckpointConfig).model
    architecture = model.card.architecture
    for key, asked, of_pool in (
        ("name", options.name, model.card.name),
        ("width", options.width, architecture and architecture.width),
        ("num_ftrs", options.num_ftrs, model.card.num_ftrs),
    ):
        if asked is not None and asked != of_pool:
            raise InputError(
                f"lightly.model.{key}={asked}: the model of datapool.name={pool.name} embeds, which has {of_pool}; "
                "leave the option out, or start a new datapool"
            )
    return model


def pool_members(pool: Datapool, made: PoolSettings | None, run_folder: RunFolder) -> pl.DataFrame:
    """filename, label, label_number, embedding of every member. Raises InputError for a file that breaks the rules."""
    members = read_members(pool.csv, read_settings(pool.settings))
    if made is None and not settings_of(run_folder, NormalizationConfig).normalize_embeddings:
        refuse_unit_vectors(pool.name, members)
    return members
