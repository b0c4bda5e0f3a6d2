"""The model of a run, as its options and the table `checkpoint` tell: what several assets ask about it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from configs.errors import InputError
from configs.stages.checkpoint import CheckpointConfig
from configs.stages.embedding import EmbeddingConfig
from resources.datasource import Datasource
from resources.run_folder import RunFolder
from selection_assets.assets.step import settings_of
from selection_assets.stages.models.architecture import Architecture
from selection_assets.stages.models.embedding_model import EmbeddingModel, ModelCard, load_model
from selection_assets.stages.models.model_choice import ModelChoice, model_choice

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


def chosen_model(run_folder: RunFolder) -> ModelChoice:
    """What the options ask for. Raises InputError where they make no sense together."""
    config, embedding = settings_of(run_folder, CheckpointConfig), settings_of(run_folder, EmbeddingConfig)
    choice = model_choice(
        config.model,
        input_size=embedding.collate.input_size,
        has_checkpoint=bool(config.checkpoint),
        is_training=config.enable_training and config.training.trainer.max_epochs > 0,
    )
    return replace(choice, precision=embedding.precision)


def given_file(datasource: Datasource, run_folder: RunFolder) -> Path | None:
    """The file of the option `checkpoint`, if it is set."""
    given = settings_of(run_folder, CheckpointConfig).checkpoint
    return datasource.shared_file("checkpoint", given) if given else None


def model_row(card: ModelCard, source: str, file: Path | None = None) -> dict[str, Any]:
    """The row of the table `checkpoint`."""
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


def row_of(checkpoint: pl.DataFrame) -> dict[str, Any] | None:
    """The row of the table `checkpoint`; None where embeddings are given."""
    return checkpoint.row(0, named=True) if len(checkpoint) else None


def load_model_of(row: Mapping[str, Any], datasource: Datasource, run_folder: RunFolder) -> EmbeddingModel:
    """The model of a row that no datapool holds. Raises InputError where it is not what it was."""
    file = given_file(datasource, run_folder)
    if row["file"] is not None:
        file = Path(row["file"])
        if not file.is_file():
            raise InputError(f"the trained model {file} is gone; materialise the asset checkpoint again")
    architecture = None if row["width"] is None else Architecture(row["name"], row["width"], row["num_ftrs"])
    choice = ModelChoice(row["name"], architecture, row["input_size"], row["precision"])
    model = load_model(choice, file, settings_of(run_folder, CheckpointConfig).seed)
    if model.card.id != row["id"]:
        raise InputError(f"the model that {row['source']} names changed during the run; run again")
    return model
