"""Which model a run asks for, as far as its options tell.

Loading it is in `embedding_model`; nothing here needs torch.
"""

from dataclasses import dataclass

from configs.errors import InputError
from configs.stages.checkpoint import CheckpointConfig, ModelConfig
from configs.stages.embedding import Precision
from selection_assets.stages.models.architecture import BLOCKS, Architecture

BUILTIN = "winnow"
TORCHSCRIPT = "torchscript"
TORCHVISION_PREFIX = "torchvision/"
TIMM_PREFIX = "timm/"
DEFAULT_RESNET = Architecture()
RESNET_INPUT_SIZE = 64


@dataclass(frozen=True)
class ModelChoice:
    """name: `winnow` (the built-in model), a ResNet of `architecture.BLOCKS`, `torchvision/…`, `timm/…`, `torchscript`.

    architecture: of a ResNet, else None. input_size: side of its pictures in pixels; None: the model's own.
    precision: of its arithmetic.
    """

    name: str
    architecture: Architecture | None
    input_size: int | None
    precision: Precision = "32"


def resnet_choice(architecture: Architecture, input_size: int | None = None) -> ModelChoice:
    """A ResNet of the `lightly` package, by default on 64 pixels."""
    return ModelChoice(architecture.name, architecture, input_size or RESNET_INPUT_SIZE)


def model_choice(model: ModelConfig, *, input_size: int | None, has_checkpoint: bool, is_training: bool) -> ModelChoice:
    """What the options `lightly.model.*` and `lightly.collate.input_size` mean together.

    Where none of `lightly.model.*` is named it is the built-in model, or resnet-18 with a checkpoint or a training,
    whose default it has always been.

    Raises InputError for a name that is nothing, and for options that belong to other models.
    """
    sized = {key: value for key, value in (("width", model.width), ("num_ftrs", model.num_ftrs)) if value is not None}
    if model.name is None:
        name = DEFAULT_RESNET.name if sized or has_checkpoint or is_training else BUILTIN
    else:
        name = model.name
    if name in BLOCKS:
        architecture = Architecture(
            name,
            DEFAULT_RESNET.width if model.width is None else model.width,
            DEFAULT_RESNET.num_ftrs if model.num_ftrs is None else model.num_ftrs,
        )
        return resnet_choice(architecture, input_size)
    others = (BUILTIN, TORCHSCRIPT, *BLOCKS)
    if name not in others and not name.startswith((TORCHVISION_PREFIX, TIMM_PREFIX)):
        raise InputError(
            f"lightly.model.name={name}: there is no such model; use one of {', '.join(others)}, "
            f"{TORCHVISION_PREFIX}NAME or {TIMM_PREFIX}NAME"
        )
    if is_training:
        raise InputError(
            f"lightly.model.name={name} cannot be trained; use one of {', '.join(BLOCKS)}, or enable_training=False"
        )
    if sized:
        key, value = next(iter(sized.items()))
        raise InputError(
            f"lightly.model.{key}={value} belongs to the models {', '.join(BLOCKS)}, not to {name}; leave it out"
        )
    return ModelChoice(name, None, input_size)


def is_training(checkpoint: CheckpointConfig) -> bool:
    """Whether the options train a model: `lightly.trainer.max_epochs=0` is no training."""
    return checkpoint.enable_training and checkpoint.training.trainer.max_epochs > 0
