"""THRESHOLD: only samples whose value stands in a relation to a number: BIGGER_EQUAL 20 keeps 20 and above."""

from enum import StrEnum

from pydantic import Field

from configs.field_types import Number
from configs.strategies import metadata, predictions, scores
from configs.strategies.fields import Keys

WORKS_ON = (scores.KIND, metadata.KIND, predictions.CATEGORY_COUNT)
REQUIRED = ("threshold", "operation")


class Operation(StrEnum):
    """How a value stands to the threshold."""

    SMALLER = "SMALLER"
    SMALLER_EQUAL = "SMALLER_EQUAL"
    BIGGER = "BIGGER"
    BIGGER_EQUAL = "BIGGER_EQUAL"


class Threshold(Keys):
    """It has no strength: a sample is kept or it is not."""

    threshold: Number | None = Field(default=None, description="Value that THRESHOLD compares with.")
    operation: Operation | None = Field(default=None, description="Relation to the threshold that keeps a sample.")


KEYS = Threshold


def check(strategy: Threshold, where: str) -> None:
    """The fields say it all."""


def conditions(strategy: Threshold) -> list[str]:
    """It removes samples and ends nothing."""
    return []
