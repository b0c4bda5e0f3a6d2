"""DIVERSITY: samples far from each other and from all that was selected before."""

from pydantic import Field

from configs.field_types import Number
from configs.strategies import embeddings
from configs.strategies.fields import LARGEST_DISTANCE, Strength

WORKS_ON = (embeddings.KIND,)
REQUIRED = ()


class Diversity(Strength):
    stopping_condition_minimum_distance: Number | None = Field(
        default=None,
        ge=0,
        le=LARGEST_DISTANCE,
        description="DIVERSITY stops when the next sample would be closer than this to a selected one.",
    )


KEYS = Diversity


def check(strategy: Diversity, where: str) -> None:
    """The field says it all."""


def conditions(strategy: Diversity) -> list[str]:
    """What may end the selection, as `name=value`."""
    distance = strategy.stopping_condition_minimum_distance
    return [] if distance is None else [f"minimum_distance={distance + 0.0:g}"]
