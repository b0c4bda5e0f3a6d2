"""TYPICALITY: samples in the midst of many others."""

from pydantic import Field

from configs.field_types import LARGEST_INTEGER, Number, Whole
from configs.strategies import embeddings
from configs.strategies.fields import Strength

WORKS_ON = (embeddings.KIND,)
REQUIRED = ()
USUAL_NEIGHBORS = 20


class Typicality(Strength):
    num_nearest_neighbors: Whole | None = Field(
        default=None,
        ge=2,
        le=LARGEST_INTEGER,
        description="Neighbours that TYPICALITY looks at. Unset: 20.",
    )
    stopping_condition_minimum_typicality: Number | None = Field(
        default=None,
        gt=0,
        le=1,
        description="TYPICALITY stops when the next one would be less typical.",
    )


KEYS = Typicality


def check(strategy: Typicality, where: str) -> None:
    """The fields say it all."""


def conditions(strategy: Typicality) -> list[str]:
    """What may end the selection, as `name=value`."""
    minimum = strategy.stopping_condition_minimum_typicality
    return [] if minimum is None else [f"minimum_typicality={minimum:g}"]
