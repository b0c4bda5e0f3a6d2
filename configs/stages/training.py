"""How a model is trained on the dataset: part of the config of the asset `checkpoint`.

The keys are those of the `lightly` package, in its groups. Keys that training shares with embedding (batch size, number
of workers, input size, GPUs) stand in `embedding_config`, those of the network in `checkpoint_config`.
"""

from typing import Literal

from pydantic import Field

from configs.errors import InputError
from configs.stages.base import StageConfig


class TrainingLoaderConfig(StageConfig):
    """In which order and in which portions images are seen."""

    shuffle: bool = Field(default=True, description="Training: a new order of the images in every epoch.")
    drop_last: bool = Field(default=True, description="Training: leave out the last batch of an epoch if it is short.")


class TrainingTrainerConfig(StageConfig):
    """How long, how exactly, and what is printed first."""

    max_epochs: int = Field(
        default=100, ge=0, le=1_000_000, description="Training: how often every image is seen. 0: no training."
    )
    precision: Literal["32", "16", "bf16"] = Field(
        default="32", description="Training: 32 bits, or mixed precision with 16 (on a CPU always bfloat16)."
    )
    enable_model_summary: bool = Field(default=True, description="Training: print layers and numbers of parameters.")
    weights_summary: Literal["", "top", "full"] = Field(
        default="", description="Old name: top is summary_callback.max_depth=1, full is -1."
    )


class CriterionConfig(StageConfig):
    """The loss NT-Xent (Chen et al., arXiv:2002.05709)."""

    temperature: float = Field(default=0.5, ge=1e-8, le=1e6, description="Training: similarities are divided by it.")
    memory_bank_size: int = Field(
        default=0,
        ge=0,
        le=10_000_000,
        description="Training: projections of earlier batches to compare with. 0: those of the same batch (SimCLR).",
    )


class OptimizerConfig(StageConfig):
    """Stochastic gradient descent without momentum and schedule."""

    lr: float = Field(default=1.0, ge=0, le=1e6, description="Training: learning rate.")
    weight_decay: float = Field(default=0.00001, ge=0, le=1, description="Training: L2 penalty on the weights.")


class AugmentationConfig(StageConfig):
    """How the two views of an image are made; the group `collate`."""

    cj_prob: float = Field(default=0.8, ge=0, le=1, description="Training: probability of colour jitter.")
    cj_bright: float = Field(default=0.7, ge=0, le=1, description="Colour jitter: brightness times 1 ± this.")
    cj_contrast: float = Field(default=0.7, ge=0, le=1, description="Colour jitter: contrast times 1 ± this.")
    cj_sat: float = Field(default=0.7, ge=0, le=1, description="Colour jitter: saturation times 1 ± this.")
    cj_hue: float = Field(default=0.2, ge=0, le=0.5, description="Colour jitter: hue plus or minus this, of a circle.")
    min_scale: float = Field(default=0.15, ge=0, le=1, description="Training: smallest share of an image in a crop.")
    random_gray_scale: float = Field(default=0.2, ge=0, le=1, description="Training: probability of a grey view.")
    gaussian_blur: float = Field(default=0.5, ge=0, le=1, description="Training: probability of a blurred view.")
    kernel_size: float | None = Field(
        default=0.1, ge=0, le=10, description="Blur kernel as a share of input_size, ± 20 %. null: sigmas."
    )
    sigmas: list[float] = Field(
        default=[],
        max_length=2,
        description="[lowest, highest] standard deviation of the blur in pixels, in place of kernel_size.",
    )
    vf_prob: float = Field(default=0.0, ge=0, le=1, description="Training: probability of a vertical flip.")
    hf_prob: float = Field(default=0.5, ge=0, le=1, description="Training: probability of a horizontal flip.")
    rr_prob: float = Field(default=0.0, ge=0, le=1, description="Training: probability of a rotation.")
    rr_degrees: list[float] = Field(
        default=[],
        max_length=2,
        description="Angle of the rotation, counter-clockwise: [] 90, [a] between -a and a, [a, b] between these.",
    )


class CheckpointCallbackConfig(StageConfig):
    """Which checkpoints of a training are kept."""

    save_last: bool = Field(default=True, description="Training: write last.ckpt, the state after the last epoch.")
    save_top_k: int = Field(
        default=1,
        ge=-1,
        le=10_000,
        description="Training: write lightly_epoch_X.ckpt of the k best epochs; -1: of all.",
    )
    dirpath: str = Field(
        default="",
        description="Training: folder of the checkpoints, relative to the run folder. Empty: the run folder.",
    )


class SummaryCallbackConfig(StageConfig):
    """The printed model."""

    max_depth: int = Field(default=1, ge=-1, le=100, description="Training: levels of layers in the summary; -1: all.")


class TrainingConfig(StageConfig):
    """All that only training needs."""

    loader: TrainingLoaderConfig = TrainingLoaderConfig()
    trainer: TrainingTrainerConfig = TrainingTrainerConfig()
    criterion: CriterionConfig = CriterionConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    collate: AugmentationConfig = AugmentationConfig()
    checkpoint_callback: CheckpointCallbackConfig = CheckpointCallbackConfig()
    summary_callback: SummaryCallbackConfig = SummaryCallbackConfig()

    def check(self) -> None:
        """Raises InputError where values do not go together, with the keys that users of every door know."""
        collate, kept = self.collate, self.checkpoint_callback
        for name, numbers in (("sigmas", collate.sigmas), ("rr_degrees", collate.rr_degrees)):
            if numbers != sorted(numbers):
                raise InputError(f"lightly.collate.{name}={numbers}: the first number must not exceed the second")
        if collate.sigmas and (len(collate.sigmas) != 2 or collate.sigmas[0] < 0 or collate.sigmas[1] > 1000):
            raise InputError(f"lightly.collate.sigmas={collate.sigmas}: write two numbers from 0 to 1000")
        if collate.rr_degrees and max(map(abs, collate.rr_degrees)) > 360:
            raise InputError(f"lightly.collate.rr_degrees={collate.rr_degrees}: write angles from -360 to 360")
        if len(collate.rr_degrees) == 1 and collate.rr_degrees[0] < 0:
            angle = abs(collate.rr_degrees[0])
            raise InputError(
                f"lightly.collate.rr_degrees={-angle:g}: one number stands for both directions; write {angle:g}"
            )
        if kept.save_top_k == 0 and not kept.save_last:
            raise InputError(
                "lightly.checkpoint_callback.save_top_k=0 with save_last=False would keep no model; change one of them"
            )
