"""The model of a run as the row of a table: what later steps need to know, to load it again, and to be sure it is it.

Vectors are kept under the row's `id`, so no other model may ever make them: `load_model_of` and `verified_model` are
the only ways from a row to a model.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from configs.errors import InputError
from configs.stages.checkpoint import CheckpointConfig
from selection_assets.stages.models.architecture import Architecture
from selection_assets.stages.models.embedding_model import EmbeddingModel, ModelCard, load_model
from selection_assets.stages.models.model_choice import BUILTIN, ModelChoice

SCHEMA = {
    "name": pl.String,
    "width": pl.Float64,  # of a ResNet
    "num_ftrs": pl.Int64,
    "input_size": pl.Int64,
    "transform": pl.String,
    "precision": pl.String,
    "source": pl.String,
    "weights": pl.String,
    "id": pl.String,
    "file": pl.String,  # of a trained model; others are found by the config
}


def model_row(card: ModelCard, source: str, file: Path | None = None) -> dict[str, Any]:
    """The row for a model. source: where its weights come from, for people; file: of a trained model."""
    return {
        "name": card.name,
        "width": None if card.architecture is None else card.architecture.width,
        "num_ftrs": card.num_ftrs,
        "input_size": card.preprocessing.input_size,
        "transform": card.preprocessing.transform,
        "precision": card.precision,
        "source": source,
        "weights": card.weights,
        "id": card.id,
        "file": None if file is None else str(file),
    }


def model_source(card: ModelCard, config: CheckpointConfig) -> str:
    """Where the weights of a model that is not trained come from, for people."""
    if config.given:
        return config.given
    if card.name == BUILTIN:
        return "built-in"
    return f"seed {config.seed}" if card.architecture else "published weights"


def row_of(checkpoint: pl.DataFrame) -> dict[str, Any] | None:
    """The row of the table; None where embeddings are given."""
    return checkpoint.row(0, named=True) if len(checkpoint) else None


def load_model_of(row: Mapping[str, Any], given_file: Path | None, seed: int) -> EmbeddingModel:
    """The model of a row that no datapool holds.

    given_file: the file of the option `checkpoint`, if it is set. Raises InputError where the model is gone, or is not
    what it was.
    """
    file = given_file
    if row["file"] is not None:
        file = Path(row["file"])
        if not file.is_file():
            raise InputError(f"the trained model {file} is gone; materialise the asset checkpoint again")
    architecture = None if row["width"] is None else Architecture(row["name"], row["width"], row["num_ftrs"])
    choice = ModelChoice(row["name"], architecture, row["input_size"], row["precision"])
    return verified_model(load_model(choice, file, seed), row)


def verified_model(model: EmbeddingModel, row: Mapping[str, Any]) -> EmbeddingModel:
    """`model`, which may come from a datapool. Raises InputError where it is not the model of the row."""
    if model.card.id != row["id"]:
        raise InputError(
            f"the model that {row['source']} names changed during the run (it was {row['id']} and is {model.card.id}); "
            "run again"
        )
    return model
