"""PREDICTIONS: what a task found on each sample, one number per class: sums of probabilities, or counts of objects."""

from enum import StrEnum

from pydantic import Field

from configs.errors import InputError
from configs.strategies.fields import Task, Text

REQUIRED = ("task", "name")
COMES = "predictions come"


class PredictionsName(StrEnum):
    """What is read from predictions."""

    CLASS_DISTRIBUTION = "CLASS_DISTRIBUTION"
    CATEGORY_COUNT = "CATEGORY_COUNT"


CLASS_DISTRIBUTION = "PREDICTIONS CLASS_DISTRIBUTION"
CATEGORY_COUNT = "PREDICTIONS CATEGORY_COUNT"


class PredictionsKeys(Task):
    name: PredictionsName | None = Field(default=None, description="What is read, for PREDICTIONS.")
    categories: list[Text] | None = Field(default=None, description="Classes that CATEGORY_COUNT counts; unset: all.")


KEYS = PredictionsKeys


def kind(given: PredictionsKeys) -> str:
    return CATEGORY_COUNT if given.name is PredictionsName.CATEGORY_COUNT else CLASS_DISTRIBUTION


def detail(given: PredictionsKeys) -> str:
    return f"{given.task}.{str(given.name).lower()}"


def column(given: PredictionsKeys) -> str:
    """The columns of the embeddings file that this needs, one per class."""
    return f"{detail(given)}.<class>"


def check(given: PredictionsKeys, where: str) -> None:
    """Raises InputError for categories where none are counted, for none at all, and for one named twice."""
    if given.categories is None:
        return
    if given.name is not PredictionsName.CATEGORY_COUNT:
        raise InputError(f"{where}.categories belongs to the name CATEGORY_COUNT; leave it out")
    if not given.categories:
        raise InputError(f"{where}.categories is empty; name classes, or leave it out to count all")
    for place, name in enumerate(given.categories):
        if name in given.categories[:place]:
            raise InputError(f"{where}.categories[{place}]: {name!a} is named twice; name each class once")
