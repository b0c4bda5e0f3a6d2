"""How images become vectors: config of the asset `embeddings`."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from configs.field_types import Flag, Whole
from configs.option import Option
from configs.stages.base import StageConfig

Precision = Literal["32", "bf16"]


class LoaderConfig(StageConfig):
    """How pictures reach the model, with the keys of the `lightly` package."""

    batch_size: Annotated[Whole, Option("lightly.loader.batch_size")] = Field(
        default=16, ge=1, le=65_536, description="Images per forward pass."
    )
    num_workers: Annotated[Whole, Option("lightly.loader.num_workers")] = Field(
        default=-1, ge=-1, le=512, description="Loader threads; -1: one per CPU core, 0: none."
    )


class CollateConfig(StageConfig):
    """What a picture is turned into, with the keys of the `lightly` package."""

    input_size: Annotated[Whole | None, Option("lightly.collate.input_size")] = Field(
        default=None,
        ge=1,
        le=4096,
        description="Images are resized to a square with this side, in pixels. null: the model's own, resnet-*: 64.",
    )


class TrainerConfig(StageConfig):
    """What the model runs on, with the keys of the `lightly` package."""

    gpus: Annotated[Whole, Option("lightly.trainer.gpus")] = Field(
        default=1, ge=0, le=1024, description="0: CPU only. Otherwise a GPU is used where there is one."
    )


class EmbeddingConfig(StageConfig):
    """Vectors are float32 rows, in the order of the samples."""

    title: ClassVar[str] = "Embedding"

    loader: LoaderConfig = LoaderConfig()
    collate: CollateConfig = CollateConfig()
    trainer: TrainerConfig = TrainerConfig()
    precision: Annotated[Precision, Option("embedding_precision")] = Field(
        default="32",
        description="Arithmetic of the model when it embeds: 32 bits, or bf16 (16 bits, less exact, faster on GPUs and "
        "on processors made for it, slower on others).",
    )
    append_weak_labels: Annotated[Flag, Option("append_weak_labels")] = Field(
        default=False, description="Append the weak label to each embedding as one-hot columns."
    )
