"""EMBEDDINGS: the embeddings of the run; with `tag_name` they are compared with the samples of that tag."""

from pydantic import Field

from configs.errors import InputError
from configs.platform_id import check_id
from configs.strategies.fields import Task, Text

KIND = "EMBEDDINGS"
OF_A_TAG = "EMBEDDINGS of a tag"
REQUIRED = ()
COMES = "samples of a tag come"


class EmbeddingsKeys(Task):
    tag_name: Text | None = Field(default=None, description="Tag with the samples to resemble, for SIMILARITY.")
    dataset_id: Text | None = Field(
        default=None, description="Dataset of the platform that has the tag, 24 hexadecimal digits."
    )


KEYS = EmbeddingsKeys


def kind(given: EmbeddingsKeys) -> str:
    return KIND if given.tag_name is None and given.dataset_id is None else OF_A_TAG


def detail(given: EmbeddingsKeys) -> str:
    return given.tag_name or ""


def column(given: EmbeddingsKeys) -> str | None:
    """The column of the embeddings file that this needs."""
    return None if given.tag_name is None or given.dataset_id is not None else f"tag.{given.tag_name}"


def check(given: EmbeddingsKeys, where: str) -> None:
    """Raises InputError for a tag that cannot be one, an id that is none, and what is not supported yet."""
    if given.tag_name is not None and len(given.tag_name) < 3:
        raise InputError(f"{where}.tag_name: {given.tag_name!a} is too short; tags have at least 3 characters")
    if given.dataset_id is not None:
        check_id(given.dataset_id, f"{where}.dataset_id")
        if given.tag_name is None:
            raise InputError(f"{where}.tag_name is missing; name the tag of dataset {given.dataset_id}")
    if given.task is not None:
        raise InputError(f"{where}.task: embeddings of objects are not supported yet; leave it out")
