"""One strategy of a selection: what it looks at (`input`) and what it does with it (`strategy`).

The names and the shape are those of the old product's `selection_config`. Which of them go together stands in
`strategy_rules`; here are only the fields with their types and bounds.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from configs.stages.base import StageConfig


class InputType(StrEnum):
    """What a strategy looks at."""

    EMBEDDINGS = "EMBEDDINGS"
    SCORES = "SCORES"
    METADATA = "METADATA"
    PREDICTIONS = "PREDICTIONS"
    RANDOM = "RANDOM"


class PredictionsName(StrEnum):
    """What is read from predictions."""

    CLASS_DISTRIBUTION = "CLASS_DISTRIBUTION"
    CATEGORY_COUNT = "CATEGORY_COUNT"


class StrategyType(StrEnum):
    """What a strategy aims at."""

    DIVERSITY = "DIVERSITY"
    WEIGHTS = "WEIGHTS"
    THRESHOLD = "THRESHOLD"
    BALANCE = "BALANCE"
    SIMILARITY = "SIMILARITY"
    TYPICALITY = "TYPICALITY"


class Operation(StrEnum):
    """How a value stands to the threshold."""

    SMALLER = "SMALLER"
    SMALLER_EQUAL = "SMALLER_EQUAL"
    BIGGER = "BIGGER"
    BIGGER_EQUAL = "BIGGER_EQUAL"


class DistributionType(StrEnum):
    """Where the shares of BALANCE come from."""

    TARGET = "TARGET"
    UNIFORM = "UNIFORM"
    INPUT = "INPUT"


Text = Annotated[str, Field(strict=True, min_length=1)]
Share = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]


class StrategyInputConfig(StageConfig):
    """What a strategy looks at. Which keys belong to which type: docs/selection.md."""

    type: InputType = Field(description="Kind of the input.")
    task: Text | None = Field(default=None, description="Prediction task, for PREDICTIONS and SCORES.")
    score: Text | None = Field(default=None, description="Name of the score, for SCORES.")
    key: Text | None = Field(default=None, description="Name of the metadata, for METADATA; lightly.* is measured.")
    name: PredictionsName | None = Field(default=None, description="What is read, for PREDICTIONS.")
    categories: list[Text] | None = Field(default=None, description="Classes that CATEGORY_COUNT counts; unset: all.")
    tag_name: Text | None = Field(default=None, description="Tag with the samples to resemble, for SIMILARITY.")
    dataset_id: Text | None = Field(default=None, description="Dataset of that tag, 24 hexadecimal digits.")
    random_seed: int | None = Field(default=None, strict=True, ge=0, lt=2**32, description="Seed, for RANDOM.")


class TargetRangeConfig(StageConfig):
    """Bounds of the sum over the selected samples."""

    min_sum: float = Field(strict=True, ge=0, allow_inf_nan=False, description="The sum shall be at least this.")
    max_sum: float = Field(strict=True, ge=0, allow_inf_nan=False, description="The sum never exceeds this.")


class StrategyTypeConfig(StageConfig):
    """What a strategy aims at. Which keys belong to which type: docs/selection.md."""

    type: StrategyType = Field(description="Kind of the strategy.")
    strength: float = Field(
        default=1.0,
        strict=True,
        ge=-1e9,
        le=1e9,
        allow_inf_nan=False,
        description="Weight among the strategies; 0: none, negative: the opposite.",
    )
    stopping_condition_minimum_distance: float | None = Field(
        default=None,
        strict=True,
        ge=0,
        allow_inf_nan=False,
        description="DIVERSITY stops when the next sample would be closer than this to a selected one.",
    )
    threshold: float | None = Field(
        default=None, strict=True, allow_inf_nan=False, description="Value that THRESHOLD compares with."
    )
    operation: Operation | None = Field(default=None, description="Relation to the threshold that keeps a sample.")
    target: dict[str, Share] | None = Field(default=None, description="Share of each class, for BALANCE.")
    distribution: DistributionType | None = Field(
        default=None, description="Shares that BALANCE aims at: target, equal ones, those of the input. Unset: TARGET."
    )
    num_nearest_neighbors: int | None = Field(
        default=None, strict=True, ge=2, description="Neighbours that TYPICALITY looks at. Unset: 20."
    )
    stopping_condition_minimum_typicality: float | None = Field(
        default=None,
        strict=True,
        gt=0,
        le=1,
        description="TYPICALITY stops when the next one would be less typical.",
    )
    stopping_condition_max_sum: float | None = Field(
        default=None,
        strict=True,
        ge=0,
        allow_inf_nan=False,
        description="WEIGHTS stops when the next sample would lift the sum of the values above this.",
    )
    target_range: TargetRangeConfig | None = Field(
        default=None, description="WEIGHTS keeps the sum of the values in this range."
    )


class StrategyConfig(StageConfig):
    """One entry of `strategies`."""

    input: StrategyInputConfig
    strategy: StrategyTypeConfig
