"""The flat keys `lightly.…` of training: the typed field of each, and how the old spelling of its value differs.

`flat_options` makes its options from `TRAINING_OPTIONS`; types, defaults and meanings are those of `training_config`.
"""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from configs.errors import InputError
from configs.stages.training import (
    AugmentationConfig,
    CheckpointCallbackConfig,
    CriterionConfig,
    OptimizerConfig,
    SummaryCallbackConfig,
    TrainingLoaderConfig,
    TrainingTrainerConfig,
)

GROUPS: dict[str, type[BaseModel]] = {
    "loader": TrainingLoaderConfig,
    "trainer": TrainingTrainerConfig,
    "criterion": CriterionConfig,
    "optimizer": OptimizerConfig,
    "collate": AugmentationConfig,
    "checkpoint_callback": CheckpointCallbackConfig,
    "summary_callback": SummaryCallbackConfig,
}


def _precision(key: str, value: Any) -> dict[str, Any]:
    if str(value) not in ("32", "16", "bf16"):
        raise InputError(f"{key}={value}: write 32, 16 or bf16")
    return {"training.trainer.precision": str(value)}


def _read_precision(checkpoint: Any) -> Any:
    precision = checkpoint.training.trainer.precision
    return int(precision) if precision.isdigit() else precision


def _kernel_size(key: str, value: Any) -> dict[str, Any]:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 10):
        raise InputError(f"{key}={value}: write a share of input_size from 0 to 10, or null to blur by sigmas")
    return {"training.collate.kernel_size": value}


def _numbers(field: str, *counts: int) -> Callable[[str, Any], dict[str, Any]]:
    """A conversion for a list of as many numbers as one of `counts`; a number alone is a list of one."""

    def to_typed(key: str, value: Any) -> dict[str, Any]:
        numbers = [] if value is None else value if isinstance(value, list) else [value]
        good = all(isinstance(number, int | float) and not isinstance(number, bool) for number in numbers)
        if not good or len(numbers) not in counts:
            raise InputError(f"{key}={value}: write {'a number, ' if 1 in counts else ''}[lowest,highest], or null")
        return {f"training.collate.{field}": [float(number) for number in numbers]}

    return to_typed


def _read_rr_degrees(checkpoint: Any) -> Any:
    degrees = checkpoint.training.collate.rr_degrees
    return None if not degrees else degrees[0] if len(degrees) == 1 else degrees


# Fields of a `FlatOption` beside key and stage.
TRAINING_OPTIONS: dict[str, dict[str, Any]] = {
    f"lightly.{group}.{name}": {"path": f"training.{group}.{name}"}
    for group, config in GROUPS.items()
    for name in config.model_fields
}
TRAINING_OPTIONS["lightly.trainer.precision"] |= {
    "to_typed": _precision,
    "from_typed": _read_precision,
    "type_text": "32 | 16 | bf16",
}
TRAINING_OPTIONS["lightly.trainer.weights_summary"] |= {"type_text": "top | full"}
TRAINING_OPTIONS["lightly.collate.kernel_size"] |= {
    "to_typed": _kernel_size,
    "from_typed": lambda checkpoint: checkpoint.training.collate.kernel_size,
    "type_text": "float",
}
TRAINING_OPTIONS["lightly.collate.sigmas"] |= {
    "to_typed": _numbers("sigmas", 0, 2),
    "from_typed": lambda checkpoint: checkpoint.training.collate.sigmas or None,
    "type_text": "[float,float]",
}
TRAINING_OPTIONS["lightly.collate.rr_degrees"] |= {
    "to_typed": _numbers("rr_degrees", 0, 1, 2),
    "from_typed": _read_rr_degrees,
    "type_text": "float | [float,float]",
}
