"""The model of a run: what several assets ask the stages about it, with the settings of the run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from configs.stages.checkpoint import CheckpointConfig
from configs.stages.embedding import EmbeddingConfig
from resources.datasource import Datasource
from resources.run_folder import RunFolder
from selection_assets.assets.step import settings_of
from selection_assets.stages.models import model_row as rows
from selection_assets.stages.models.embedding_model import EmbeddingModel
from selection_assets.stages.models.model_choice import ModelChoice, choice_of_run


def chosen_model(run_folder: RunFolder) -> ModelChoice:
    return choice_of_run(settings_of(run_folder, CheckpointConfig), settings_of(run_folder, EmbeddingConfig))


def given_file(datasource: Datasource, run_folder: RunFolder) -> Path | None:
    """The file of the option `checkpoint`, if it is set."""
    given = settings_of(run_folder, CheckpointConfig).checkpoint
    return datasource.shared_file("checkpoint", given) if given else None


def load_model_of(row: Mapping[str, Any], datasource: Datasource, run_folder: RunFolder) -> EmbeddingModel:
    seed = settings_of(run_folder, CheckpointConfig).seed
    return rows.load_model_of(row, given_file(datasource, run_folder), seed)
