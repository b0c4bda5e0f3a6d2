"""The model that the options of a run ask for, with all that excludes it."""

from dataclasses import replace

from configs.errors import InputError
from configs.stages.checkpoint import CheckpointConfig
from configs.stages.datapool import DatapoolConfig
from configs.stages.embedding import EmbeddingConfig
from selection_assets.stages.models.model_choice import TORCHSCRIPT, ModelChoice, is_training, model_choice


def chosen_model(checkpoint: CheckpointConfig, embedding: EmbeddingConfig, pool: DatapoolConfig) -> ModelChoice:
    """What the options mean together. Raises InputError where they make no sense together; reads nothing."""
    choice = model_choice(
        checkpoint.model,
        input_size=embedding.collate.input_size,
        has_checkpoint=bool(checkpoint.given),
        is_training=is_training(checkpoint),
    )
    if choice.name == TORCHSCRIPT and not checkpoint.given:
        raise InputError(f"lightly.model.name={TORCHSCRIPT}: name the file with checkpoint=FILE (below shared_dir)")
    if pool.name:
        refuse_program(pool.name, choice.name)
    return replace(choice, precision=embedding.precision)


def refuse_program(pool: str, model: str) -> None:
    """Raises InputError where a datapool would have to keep a TorchScript file. `pool`, `model`: their names."""
    if model == TORCHSCRIPT:
        raise InputError(
            f"datapool.name={pool}: a datapool keeps weights, and a TorchScript file is a program; use another model, "
            "or leave datapool.name out"
        )
