"""SCORES: a number from 0 to 1 per sample, 1 for the most wanted."""

from pydantic import Field

from configs.strategies.fields import Task, Text

KIND = "SCORES"
REQUIRED = ("score",)
COMES = "scores come"


class ScoresKeys(Task):
    score: Text | None = Field(default=None, description="Name of the score, for SCORES.")


KEYS = ScoresKeys


def kind(given: ScoresKeys) -> str:
    return KIND


def detail(given: ScoresKeys) -> str:
    return column(given)


def column(given: ScoresKeys) -> str:
    """The column of the embeddings file that this needs."""
    return str(given.score) if given.task is None else f"{given.task}.{given.score}"


def check(given: ScoresKeys, where: str) -> None:
    """Any name may be a score."""
