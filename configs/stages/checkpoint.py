"""The model that embeds: config of the asset `checkpoint`."""

from pydantic import Field

from configs.stages.base import StageConfig
from configs.stages.training import TrainingConfig


class ModelConfig(StageConfig):
    """The backbone, with the keys of the `lightly` package."""

    name: str | None = Field(
        default=None,
        description="winnow (built-in), resnet-9, -18, -34, -50, -101 or -152, torchvision/NAME, timm/NAME, "
        "torchscript. null: winnow, or resnet-18 with checkpoint, training, width or num_ftrs.",
    )
    width: float | None = Field(default=None, gt=0, le=16, description="Factor on the channels of a resnet-*. null: 1.")
    num_ftrs: int | None = Field(
        default=None, ge=1, le=65_536, description="Dimensions of an embedding of a resnet-*. null: 32."
    )
    out_dim: int = Field(default=128, ge=1, le=65_536, description="Training: dimensions that the loss compares.")


class CheckpointConfig(StageConfig):
    """A given checkpoint, the built-in model, or a model that is trained on the dataset first."""

    checkpoint: str = Field(
        default="", description="Checkpoint file, relative to shared_dir, that embeds. Empty: the built-in model."
    )
    enable_training: bool = Field(
        default=False,
        description="Train the model on the dataset before it embeds; with checkpoint, go on from its weights.",
    )
    model: ModelConfig = ModelConfig()
    seed: int = Field(
        default=1,
        ge=0,
        lt=2**32,
        description="Seed of the weights of a resnet-* without a file, and of every other random choice.",
    )
    training: TrainingConfig = TrainingConfig()

    def check(self, where: str) -> None:
        """Raises InputError where values do not go together."""
        self.training.check()
