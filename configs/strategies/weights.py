"""WEIGHTS: samples with high values."""

from pydantic import Field

from configs.errors import InputError
from configs.field_types import Number
from configs.stages.base import StageConfig
from configs.strategies import metadata, predictions, random, scores
from configs.strategies.fields import Strength

WORKS_ON = (scores.KIND, metadata.KIND, predictions.CATEGORY_COUNT, random.KIND)
REQUIRED = ()


class TargetRangeConfig(StageConfig):
    """Bounds of the sum over the selected samples."""

    min_sum: Number = Field(ge=0, description="The sum shall be at least this.")
    max_sum: Number = Field(ge=0, description="The sum never exceeds this.")


class Weights(Strength):
    stopping_condition_max_sum: Number | None = Field(
        default=None,
        ge=0,
        description="WEIGHTS stops when the next sample would lift the sum of the values above this.",
    )
    target_range: TargetRangeConfig | None = Field(
        default=None, description="WEIGHTS keeps the sum of the values in this range."
    )


KEYS = Weights


def check(strategy: Weights, where: str) -> None:
    """Raises InputError for a range that is none, and for two limits of one sum."""
    if strategy.target_range is None:
        return
    low, high = strategy.target_range.min_sum, strategy.target_range.max_sum
    if low > high:
        raise InputError(f"{where}.target_range: min_sum {low:g} is above max_sum {high:g}; exchange them")
    if strategy.stopping_condition_max_sum is not None:
        raise InputError(f"{where}.target_range and stopping_condition_max_sum exclude each other; leave one out")


def conditions(strategy: Weights) -> list[str]:
    """What may end the selection, as `name=value`."""
    if strategy.target_range is not None:
        return [f"target_range={strategy.target_range.min_sum:g} to {strategy.target_range.max_sum:g}"]
    maximum = strategy.stopping_condition_max_sum
    return [] if maximum is None else [f"max_sum={maximum + 0.0:g}"]
