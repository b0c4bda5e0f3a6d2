"""SIMILARITY: samples like those of a tag."""

from configs.strategies import embeddings
from configs.strategies.fields import Strength

WORKS_ON = (embeddings.OF_A_TAG,)
REQUIRED = ()


class Similarity(Strength):
    """Only the strength."""


KEYS = Similarity


def check(strategy: Similarity, where: str) -> None:
    """The field says it all."""


def conditions(strategy: Similarity) -> list[str]:
    """Nothing that may end the selection."""
    return []
