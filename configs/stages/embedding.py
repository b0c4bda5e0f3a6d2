"""How images become vectors: config of the asset `embeddings`."""

from typing import Literal

from pydantic import Field

from configs.stages.base import StageConfig

Precision = Literal["32", "bf16"]


class LoaderConfig(StageConfig):
    """How pictures reach the model, with the keys of the `lightly` package."""

    batch_size: int = Field(default=16, ge=1, le=65_536, description="Images per forward pass.")
    num_workers: int = Field(default=-1, ge=-1, le=512, description="Loader threads; -1: one per CPU core, 0: none.")


class CollateConfig(StageConfig):
    """What a picture is turned into, with the keys of the `lightly` package."""

    input_size: int | None = Field(
        default=None,
        ge=1,
        le=4096,
        description="Images are resized to a square with this side, in pixels. null: the model's own, resnet-*: 64.",
    )


class TrainerConfig(StageConfig):
    """What the model runs on, with the keys of the `lightly` package."""

    gpus: int = Field(default=1, ge=0, le=1024, description="0: CPU only. Otherwise a GPU is used where there is one.")


class EmbeddingConfig(StageConfig):
    """Vectors are float32 rows, in the order of the samples."""

    loader: LoaderConfig = LoaderConfig()
    collate: CollateConfig = CollateConfig()
    trainer: TrainerConfig = TrainerConfig()
    precision: Precision = Field(
        default="32",
        description="Arithmetic of the model when it embeds: 32 bits, or bf16 (16 bits, less exact, faster on GPUs and "
        "on processors made for it, slower on others).",
    )
    append_weak_labels: bool = Field(
        default=False, description="Append the weak label to each embedding as one-hot columns."
    )
