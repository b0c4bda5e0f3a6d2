"""The model of `conftest.SMALL_MODEL`, loaded as the product loads it."""

from pathlib import Path
from typing import Any

from selection_assets.stages.datapool.pool_checkpoint import save_checkpoint
from selection_assets.stages.models.architecture import Architecture
from selection_assets.stages.models.embedding_model import load_model
from selection_assets.stages.models.model_choice import ModelChoice


def small_backbone(seed: int, checkpoint: Path | None = None) -> Any:
    choice = ModelChoice("resnet-9", Architecture("resnet-9", 0.125, 16), 64, "32")
    return load_model(choice, checkpoint, seed).backbone


def save_weights(path: Path, seed: int) -> None:
    """A checkpoint of the small model."""
    save_checkpoint(small_backbone(seed), path)
