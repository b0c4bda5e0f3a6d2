"""RANDOM: one uniform random number per sample."""

from pydantic import Field

from configs.field_types import Whole
from configs.strategies.fields import Keys

KIND = "RANDOM"
REQUIRED = ()
COMES = ""


class RandomKeys(Keys):
    random_seed: Whole | None = Field(default=None, ge=0, lt=2**32, description="Seed, for RANDOM.")


KEYS = RandomKeys


def kind(given: RandomKeys) -> str:
    return KIND


def detail(given: RandomKeys) -> str:
    return ""


def column(given: RandomKeys) -> None:
    """Nothing is read."""


def check(given: RandomKeys, where: str) -> None:
    """Any seed will do."""
