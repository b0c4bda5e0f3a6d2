"""How a run makes its vectors, held against how those of its datapool were made.

Distances between vectors that were made in different ways mean nothing; so what can be told is told before an image is
read, and again when the model is known.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from configs.errors import InputError
from configs.stages.checkpoint import CheckpointConfig
from configs.stages.datapool import DatapoolConfig
from configs.stages.dedup import NormalizationConfig
from configs.stages.embedding import EmbeddingConfig
from configs.stages.input import InputConfig
from selection_assets.stages.datapool.members import (
    pool_dimensions,
    read_members,
    refuse_other_dimensions,
    refuse_unit_vectors,
)
from selection_assets.stages.datapool.pool_checkpoint import load_pool_model
from selection_assets.stages.datapool.pool_settings import PoolSettings, check_settings, read_settings
from selection_assets.stages.models.chosen_model import chosen_model
from selection_assets.stages.models.embedding_model import EmbeddingModel
from selection_assets.stages.models.model_row import load_model_of, verified_model

log = logging.getLogger("winnow")

ModelRow = Mapping[str, Any]  # of the table `checkpoint`, see `models.model_row`


class PoolFiles(Protocol):
    """The files of a datapool, see `resources.datapool`."""

    @property
    def name(self) -> str: ...
    @property
    def csv(self) -> Path | None: ...
    @property
    def checkpoint(self) -> Path | None: ...
    @property
    def settings(self) -> Path | None: ...


@dataclass(frozen=True)
class WayOfRun:
    """All settings of a run that change its vectors."""

    samples: InputConfig
    checkpoint: CheckpointConfig
    embedding: EmbeddingConfig
    normalization: NormalizationConfig

    @property
    def embeds(self) -> bool:
        """Whether the run makes vectors of pictures; else they are read from a file."""
        return not self.samples.embeddings


def check_before(pool: PoolFiles, way: WayOfRun, embeddings_file: Path | None) -> None:
    """What can be said of an existing datapool before an image is read. Raises InputError where it does not fit."""
    made = check_way(pool, way)
    dimensions = _dimensions_asked(pool, way, embeddings_file)
    if dimensions is not None:
        _check_dimensions(pool, dimensions, made, way)


def check_model(pool: PoolFiles, model: ModelRow, way: WayOfRun) -> None:
    """Raises InputError where the model is not that of an existing datapool."""
    made = check_way(pool, way, model)
    _check_dimensions(pool, model["num_ftrs"], made, way)
    if pool.checkpoint is None:
        log.warning(
            "Datapool %s does not say which model made it; this run embeds with %s, which must be the same.",
            pool.name,
            model["source"],
        )


def check_way(pool: PoolFiles, way: WayOfRun, model: ModelRow | None = None) -> PoolSettings | None:
    """The datapool's settings, None where it has none. Raises InputError where the run makes vectors in another way.

    model: None where it is not known yet or there is none.
    """
    made = read_settings(pool.settings)
    if made is not None:
        check_settings(
            pool.name,
            made,
            normalize_embeddings=way.normalization.normalize_embeddings,
            append_weak_labels=way.embedding.append_weak_labels,
            input_size=(model["input_size"] if model else way.embedding.collate.input_size) if way.embeds else None,
            precision=way.embedding.precision if way.embeds else None,
            transform=model["transform"] if model else None,
            weights=model["weights"] if model else None,
        )
    return made


def pool_model(pool: PoolFiles, way: WayOfRun) -> EmbeddingModel | None:
    """The model of an existing datapool, where it is the one that embeds in this run: `checkpoint` names no other.

    Raises InputError where the run asks for another architecture than this model has.
    """
    file = None if way.checkpoint.given else pool.checkpoint
    if file is None:
        return None
    model = load_pool_model(file, read_settings(pool.settings), way.embedding.precision)
    options, architecture = way.checkpoint.model, model.card.architecture
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


def load_model_of_way(pool: PoolFiles | None, way: WayOfRun, row: ModelRow, given_file: Path | None) -> EmbeddingModel:
    """The model of `row`, from the existing datapool where that is the one that embeds.

    given_file: the file of the option `checkpoint`, if it is set. Raises InputError where the model is gone, or is not
    what it was.
    """
    of_pool = pool_model(pool, way) if pool else None
    return verified_model(of_pool, row) if of_pool else load_model_of(row, given_file, way.checkpoint.seed)


def pool_members(pool: PoolFiles, made: PoolSettings | None, normalization: NormalizationConfig) -> pl.DataFrame:
    """filename, label, label_number, embedding of every member. Raises InputError for a file that breaks the rules."""
    members = read_members(_csv(pool), made)
    if made is None and not normalization.normalize_embeddings:
        refuse_unit_vectors(pool.name, members)
    return members


def _dimensions_asked(pool: PoolFiles, way: WayOfRun, embeddings_file: Path | None) -> int | None:
    """Dimensions of the vectors of this run, as far as files and options tell; None: the datapool's model decides."""
    if embeddings_file is not None:
        return pool_dimensions(embeddings_file)
    if way.checkpoint.given or pool.checkpoint is None:
        architecture = chosen_model(way.checkpoint, way.embedding, DatapoolConfig()).architecture
        return None if architecture is None else architecture.num_ftrs
    return way.checkpoint.model.num_ftrs


def _check_dimensions(pool: PoolFiles, dimensions: int, made: PoolSettings | None, way: WayOfRun) -> None:
    """Raises InputError where vectors of so many dimensions, before weak labels are appended, do not fit."""
    if not way.embedding.append_weak_labels:
        refuse_other_dimensions(pool.name, dimensions, pool_dimensions(_csv(pool)))
    elif made is not None:
        refuse_other_dimensions(pool.name, dimensions + len(made.weak_labels or []), pool_dimensions(_csv(pool)))


def _csv(pool: PoolFiles) -> Path:
    """Raises InputError where somebody has removed it since the run began."""
    if (file := pool.csv) is None:
        raise InputError(f"datapool.name={pool.name}: its CSV was removed during this run; restore it, or run again")
    return file
