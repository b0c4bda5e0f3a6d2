"""The model that embeds: config of the asset `checkpoint`."""

from typing import Annotated, ClassVar

from pydantic import Field

from configs.errors import InputError
from configs.field_types import Flag, Number, Text, Whole
from configs.option import Option
from configs.platform_id import check_id
from configs.stages.base import StageConfig
from configs.stages.training import TrainingConfig


class ModelConfig(StageConfig):
    """The backbone, with the keys of the `lightly` package."""

    name: Annotated[Text | None, Option("lightly.model.name")] = Field(
        default=None,
        description="winnow (built-in), resnet-9, -18, -34, -50, -101 or -152, torchvision/NAME, timm/NAME, "
        "torchscript. null: winnow, or resnet-18 with checkpoint, training, width or num_ftrs.",
    )
    width: Annotated[Number | None, Option("lightly.model.width")] = Field(
        default=None, gt=0, le=16, description="Factor on the channels of a resnet-*. null: 1."
    )
    num_ftrs: Annotated[Whole | None, Option("lightly.model.num_ftrs")] = Field(
        default=None, ge=1, le=65_536, description="Dimensions of an embedding of a resnet-*. null: 32."
    )
    out_dim: Annotated[Whole, Option("lightly.model.out_dim", after="enable_training")] = Field(
        default=128, ge=1, le=65_536, description="Training: dimensions that the loss compares."
    )


class CheckpointConfig(StageConfig):
    """A given checkpoint, the built-in model, or a model that is trained on the dataset first."""

    title: ClassVar[str] = "Model"

    checkpoint: Annotated[Text, Option("checkpoint", worker=True)] = Field(
        default="", description="Checkpoint file, relative to shared_dir, that embeds. Empty: the built-in model."
    )
    checkpoint_run_id: Annotated[Text, Option("checkpoint_run_id", worker=True, platform=True)] = Field(
        default="",
        description="Id of an earlier run, 24 hexadecimal digits, whose trained model is the checkpoint.",
    )
    model: ModelConfig = ModelConfig()
    seed: Annotated[Whole, Option("lightly.seed")] = Field(
        default=1,
        ge=0,
        lt=2**32,
        description="Seed of the weights of a resnet-* without a file, and of every other random choice.",
    )
    enable_training: Annotated[Flag, Option("enable_training", worker=True)] = Field(
        default=False,
        description="Train the model on the dataset before it embeds; with checkpoint, go on from its weights.",
    )
    training: TrainingConfig = TrainingConfig()

    @property
    def given(self) -> str:
        """Which checkpoint is given, for people; empty where none is."""
        return f"the checkpoint of run {self.checkpoint_run_id}" if self.checkpoint_run_id else self.checkpoint

    def check(self, where: str) -> None:
        """Raises InputError where values do not go together, and for an id that is none."""
        if self.checkpoint and self.checkpoint_run_id:
            raise InputError(f"{where}: checkpoint and checkpoint_run_id exclude each other; leave one of them out")
        if self.checkpoint_run_id:
            check_id(self.checkpoint_run_id, f"{where}.checkpoint_run_id")
        self.training.check()
