"""Types and bases of fields that several strategies or inputs share."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from configs import field_types
from configs.field_types import Number

LARGEST_DISTANCE = 1e18  # its square fits 32 bits

Text = Annotated[field_types.Text, Field(min_length=1)]


class Keys(BaseModel):
    """The keys of one strategy or one input, beside `type`."""

    model_config = ConfigDict(frozen=True)


class Strength(Keys):
    """For every strategy that rates samples."""

    strength: Number = Field(
        default=1.0,
        ge=-1e9,
        le=1e9,
        description="Weight among the strategies; 0: switched off, negative: the opposite.",
    )


class Task(Keys):
    """For every input that may come from predictions."""

    task: Text | None = Field(default=None, description="Prediction task, for PREDICTIONS and SCORES.")
