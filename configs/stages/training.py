"""How a model is trained on the dataset: part of the config of the asset `checkpoint`.

The keys are those of the `lightly` package, in its groups. Keys that training shares with embedding (batch size, number
of workers, input size, GPUs) stand in `embedding_config`, those of the network in `checkpoint_config`.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from configs.errors import InputError
from configs.field_types import Flag, Number, Text, Whole
from configs.option import Option, Spelling, is_number
from configs.stages.base import StageConfig

Sigma = Annotated[Number, Field(ge=0, le=1000)]
Angle = Annotated[Number, Field(ge=-360, le=360)]


def _write_precision(trainer: "TrainingTrainerConfig") -> Any:
    return int(trainer.precision) if trainer.precision.isdigit() else trainer.precision


PRECISION = Spelling(
    lambda value: {"precision": str(value) if is_number(value) else value},
    _write_precision,
    kind="32 | 16 | bf16",
    allowed="write 32, 16 or bf16",
)


SIGMAS = Spelling(
    lambda value: {"sigmas": [] if value is None else value},
    lambda collate: collate.sigmas or None,
    kind="[float,float]",
    allowed="write [lowest,highest], two numbers from 0 to 1000, or null",
)


def _read_degrees(value: Any) -> dict[str, Any]:
    return {"rr_degrees": [] if value is None else value if isinstance(value, list) else [value]}


def _write_degrees(collate: "AugmentationConfig") -> Any:
    degrees = collate.rr_degrees
    return None if not degrees else degrees[0] if len(degrees) == 1 else degrees


RR_DEGREES = Spelling(
    _read_degrees,
    _write_degrees,
    kind="float | [float,float]",
    allowed="write a number, [lowest,highest], or null; angles from -360 to 360",
)


class TrainingLoaderConfig(StageConfig):
    """In which order and in which portions images are seen."""

    shuffle: Annotated[Flag, Option("lightly.loader.shuffle")] = Field(
        default=True, description="Training: a new order of the images in every epoch."
    )
    drop_last: Annotated[Flag, Option("lightly.loader.drop_last")] = Field(
        default=True, description="Training: leave out the last batch of an epoch if it is short."
    )


class TrainingTrainerConfig(StageConfig):
    """How long, how exactly, and what is printed first."""

    max_epochs: Annotated[Whole, Option("lightly.trainer.max_epochs")] = Field(
        default=100, ge=0, le=1_000_000, description="Training: how often every image is seen. 0: no training."
    )
    precision: Annotated[Literal["32", "16", "bf16"], Option("lightly.trainer.precision", spelling=PRECISION)] = Field(
        default="32", description="Training: 32 bits, or mixed precision with 16 (on a CPU always bfloat16)."
    )
    enable_model_summary: Annotated[Flag, Option("lightly.trainer.enable_model_summary")] = Field(
        default=True, description="Training: print layers and numbers of parameters."
    )
    weights_summary: Annotated[Literal["", "top", "full"], Option("lightly.trainer.weights_summary")] = Field(
        default="", description="Old name: top is summary_callback.max_depth=1, full is -1."
    )


class CriterionConfig(StageConfig):
    """The loss NT-Xent (Chen et al., arXiv:2002.05709)."""

    temperature: Annotated[Number, Option("lightly.criterion.temperature")] = Field(
        default=0.5, ge=1e-8, le=1e6, description="Training: similarities are divided by it."
    )
    memory_bank_size: Annotated[Whole, Option("lightly.criterion.memory_bank_size")] = Field(
        default=0,
        ge=0,
        le=10_000_000,
        description="Training: projections of earlier batches to compare with. 0: those of the same batch (SimCLR).",
    )


class OptimizerConfig(StageConfig):
    """Stochastic gradient descent without momentum and schedule."""

    lr: Annotated[Number, Option("lightly.optimizer.lr")] = Field(
        default=1.0, ge=0, le=1e6, description="Training: learning rate."
    )
    weight_decay: Annotated[Number, Option("lightly.optimizer.weight_decay")] = Field(
        default=0.00001, ge=0, le=1, description="Training: L2 penalty on the weights."
    )


class AugmentationConfig(StageConfig):
    """How the two views of an image are made; the group `collate`."""

    cj_prob: Annotated[Number, Option("lightly.collate.cj_prob")] = Field(
        default=0.8, ge=0, le=1, description="Training: probability of colour jitter."
    )
    cj_bright: Annotated[Number, Option("lightly.collate.cj_bright")] = Field(
        default=0.7, ge=0, le=1, description="Colour jitter: brightness times 1 ± this."
    )
    cj_contrast: Annotated[Number, Option("lightly.collate.cj_contrast")] = Field(
        default=0.7, ge=0, le=1, description="Colour jitter: contrast times 1 ± this."
    )
    cj_sat: Annotated[Number, Option("lightly.collate.cj_sat")] = Field(
        default=0.7, ge=0, le=1, description="Colour jitter: saturation times 1 ± this."
    )
    cj_hue: Annotated[Number, Option("lightly.collate.cj_hue")] = Field(
        default=0.2, ge=0, le=0.5, description="Colour jitter: hue plus or minus this, of a circle."
    )
    min_scale: Annotated[Number, Option("lightly.collate.min_scale")] = Field(
        default=0.15, ge=0, le=1, description="Training: smallest share of an image in a crop."
    )
    random_gray_scale: Annotated[Number, Option("lightly.collate.random_gray_scale")] = Field(
        default=0.2, ge=0, le=1, description="Training: probability of a grey view."
    )
    gaussian_blur: Annotated[Number, Option("lightly.collate.gaussian_blur")] = Field(
        default=0.5, ge=0, le=1, description="Training: probability of a blurred view."
    )
    kernel_size: Annotated[Number | None, Option("lightly.collate.kernel_size")] = Field(
        default=0.1, ge=0, le=10, description="Blur kernel as a share of input_size, ± 20 %. null: sigmas."
    )
    sigmas: Annotated[list[Sigma], Option("lightly.collate.sigmas", spelling=SIGMAS)] = Field(
        default=[],
        max_length=2,
        description="[lowest, highest] standard deviation of the blur in pixels, in place of kernel_size.",
    )
    vf_prob: Annotated[Number, Option("lightly.collate.vf_prob")] = Field(
        default=0.0, ge=0, le=1, description="Training: probability of a vertical flip."
    )
    hf_prob: Annotated[Number, Option("lightly.collate.hf_prob")] = Field(
        default=0.5, ge=0, le=1, description="Training: probability of a horizontal flip."
    )
    rr_prob: Annotated[Number, Option("lightly.collate.rr_prob")] = Field(
        default=0.0, ge=0, le=1, description="Training: probability of a rotation."
    )
    rr_degrees: Annotated[list[Angle], Option("lightly.collate.rr_degrees", spelling=RR_DEGREES)] = Field(
        default=[],
        max_length=2,
        description="Angle of the rotation, counter-clockwise: [] 90, [a] between -a and a, [a, b] between these.",
    )


class CheckpointCallbackConfig(StageConfig):
    """Which checkpoints of a training are kept."""

    save_last: Annotated[Flag, Option("lightly.checkpoint_callback.save_last")] = Field(
        default=True, description="Training: write last.ckpt, the state after the last epoch."
    )
    save_top_k: Annotated[Whole, Option("lightly.checkpoint_callback.save_top_k")] = Field(
        default=1,
        ge=-1,
        le=10_000,
        description="Training: write lightly_epoch_X.ckpt of the k best epochs; -1: of all.",
    )
    dirpath: Annotated[Text, Option("lightly.checkpoint_callback.dirpath")] = Field(
        default="",
        description="Training: folder of the checkpoints, relative to the run folder. Empty: the run folder.",
    )


class SummaryCallbackConfig(StageConfig):
    """The printed model."""

    max_depth: Annotated[Whole, Option("lightly.summary_callback.max_depth")] = Field(
        default=1, ge=-1, le=100, description="Training: levels of layers in the summary; -1: all."
    )


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
        if len(collate.sigmas) == 1:
            raise InputError(f"lightly.collate.sigmas={collate.sigmas}: {SIGMAS.allowed}")
        if len(collate.rr_degrees) == 1 and collate.rr_degrees[0] < 0:
            angle = abs(collate.rr_degrees[0])
            raise InputError(
                f"lightly.collate.rr_degrees={-angle:g}: one number stands for both directions; write {angle:g}"
            )
        if kept.save_top_k == 0 and not kept.save_last:
            raise InputError(
                "lightly.checkpoint_callback.save_top_k=0 with save_last=False would keep no model; change one of them"
            )
