"""TYPICALITY: samples in the midst of many others."""

from pydantic import Field

from configs.strategies import embeddings
from configs.strategies.fields import LARGEST_COUNT, Strength

WORKS_ON = (embeddings.KIND,)
REQUIRED = ()
USUAL_NEIGHBORS = 20


class Typicality(Strength):
    num_nearest_neighbors: int | None = Field(
        default=None,
        strict=True,
        ge=2,
        le=LARGEST_COUNT,
        description="Neighbours that TYPICALITY looks at. Unset: 20.",
    )
    stopping_condition_minimum_typicality: float | None = Field(
        default=None,
        strict=True,
        gt=0,
        le=1,
        allow_inf_nan=False,
        description="TYPICALITY stops when the next one would be less typical.",
    )


KEYS = Typicality


def check(strategy: Typicality, where: str) -> None:
    """The fields say it all."""


def conditions(strategy: Typicality) -> list[str]:
    """What may end the selection, as `name=value`."""
    minimum = strategy.stopping_condition_minimum_typicality
    return [] if minimum is None else [f"minimum_typicality={minimum:g}"]
