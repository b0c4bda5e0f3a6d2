"""The model of a datapool as a checkpoint file, in the layout that training with the `lightly` package leaves behind.

Reading checkpoints of any origin is the business of `models.checkpoint`.
"""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from configs.errors import InputError
from configs.stages.embedding import Precision
from resources.atomic_file import atomic_path
from selection_assets.stages.datapool.pool_settings import PoolSettings
from selection_assets.stages.models.architecture import BLOCKS
from selection_assets.stages.models.checkpoint import read_architecture
from selection_assets.stages.models.embedding_model import EmbeddingModel, is_name_of, load_model, weights_name
from selection_assets.stages.models.model_choice import ModelChoice, resnet_choice

if TYPE_CHECKING:
    from torch import nn


def save_checkpoint(backbone: "nn.Module", path: Path) -> None:
    """Write `{"state_dict": {"model.backbone.…": tensor}}`, whole or not at all: weights only, nothing to run."""
    import torch

    state = {f"model.backbone.{name}": tensor.detach().cpu() for name, tensor in backbone.state_dict().items()}
    with atomic_path(path) as temporary:
        torch.save({"state_dict": state}, temporary)


def load_pool_model(path: Path, settings: PoolSettings | None, precision: Precision = "32") -> EmbeddingModel:
    """The model that made a datapool; its architecture is read from the file.

    Its weights have the name under which the vectors of the first run were kept, so that these are found again, unless
    that is the name of other weights: those that this machine makes from the same seed, or what somebody wrote there.
    precision: of a datapool whose settings do not tell it.
    Raises InputError where the file is no checkpoint, or not the one that the settings speak of.
    """
    made = None if settings is None else settings.model
    if made is None:
        return load_model(dataclasses.replace(resnet_choice(read_architecture(path)), precision=precision), path)
    architecture = read_architecture(path) if made.name in BLOCKS else None
    model = load_model(ModelChoice(made.name, architecture, made.input_size, made.precision), path)
    if made.fingerprint != weights_name(model.backbone):
        raise InputError(
            f"{path}: is not the model that made the datapool; restore the file from a backup, or start a new datapool"
        )
    if not is_name_of(made.weights, model):
        return model
    return dataclasses.replace(model, card=dataclasses.replace(model.card, weights=made.weights))
