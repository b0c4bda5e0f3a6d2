"""A datapool in a folder, and runs that add to it."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from configs.stages.checkpoint import CheckpointConfig
from configs.stages.dedup import NormalizationConfig
from configs.stages.embedding import EmbeddingConfig
from configs.stages.input import InputConfig
from resources.datapool import Datapool
from resources.stores.local_store import LocalStore
from selection_assets.stages.datapool.add_members import NewPool, PoolChange, add_members
from selection_assets.stages.datapool.way_of_run import WayOfRun
from selection_assets.stages.models.embedding_model import EmbeddingModel


def pool_in(folder: Path) -> Datapool:
    return Datapool("pool", LocalStore(folder))


def way(
    embeddings: str = "vectors.csv",
    *,
    checkpoint: dict[str, Any] | None = None,
    embedding: dict[str, Any] | None = None,
    normalize: bool = True,
) -> WayOfRun:
    return WayOfRun(
        InputConfig(embeddings=embeddings),
        CheckpointConfig.model_validate(checkpoint or {}),
        EmbeddingConfig.model_validate(embedding or {}),
        NormalizationConfig(normalize_embeddings=normalize),
    )


def kept(*rows: tuple[str, str, list[float]]) -> pl.DataFrame:
    vectors = np.array([vector for _, _, vector in rows], np.float32)
    return pl.DataFrame({"filename": [row[0] for row in rows], "label": [row[1] for row in rows], "embedding": vectors})


def no_model() -> EmbeddingModel:
    raise AssertionError("a run with an embeddings file has no model")


def new_pool(**label_numbers: int) -> NewPool:
    return NewPool(None, no_model, label_numbers)


def add(
    pool: Datapool,
    samples: pl.DataFrame,
    *,
    known: list[str] | None = None,
    of: WayOfRun | None = None,
    new: NewPool | None = None,
    keep_history: bool = True,
) -> PoolChange:
    table = pl.DataFrame({"filename": known or []}, schema={"filename": pl.String})
    return add_members(pool, samples, table, of or way(), new or new_pool(), keep_history=keep_history)
