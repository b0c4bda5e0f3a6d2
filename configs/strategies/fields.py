"""Types of fields that several strategies or inputs share."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

LARGEST_COUNT = 2**53  # the last whole number that JSON carries everywhere
LARGEST_DISTANCE = 1e30  # far beyond what embeddings of at most 1e15 can be apart; squares fit float64

Text = Annotated[str, Field(strict=True, min_length=1)]


class Keys(BaseModel):
    """The keys of one strategy or one input, beside `type`."""

    model_config = ConfigDict(frozen=True)


class Strength(Keys):
    """For every strategy that rates samples."""

    strength: float = Field(
        default=1.0,
        strict=True,
        ge=-1e9,
        le=1e9,
        allow_inf_nan=False,
        description="Weight among the strategies; 0: switched off, negative: the opposite.",
    )


class Task(Keys):
    """For every input that may come from predictions."""

    task: Text | None = Field(default=None, description="Prediction task, for PREDICTIONS and SCORES.")
