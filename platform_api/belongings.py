"""What belongs to a dataset, by the id in the path. That of another dataset does not exist."""

from typing import Annotated

from fastapi import Depends

from platform_api.access import Id, VisibleDataset
from platform_api.errors import ApiError
from resources.platform.embeddings import Embedding, find_embedding
from resources.platform.samples import index_of_id
from resources.platform.tags import Tag, find_tag


def _tag(dataset: VisibleDataset, tagId: Id) -> Tag:  # noqa: N803 - as the route names it
    found = find_tag(dataset.id, tagId)
    if found is None:
        raise ApiError(404, "TAG_UNKNOWN", f"the dataset has no tag {tagId}")
    return found


def _sample_index(dataset: VisibleDataset, sampleId: Id) -> int:  # noqa: N803
    index = index_of_id(dataset.id, sampleId)
    if index is None or index >= dataset.samples:
        raise ApiError(404, "SAMPLE_UNKNOWN", f"the dataset has no sample {sampleId}")
    return index


def _embedding(dataset: VisibleDataset, embeddingId: Id) -> Embedding:  # noqa: N803
    found = find_embedding(dataset.id, embeddingId)
    if found is None:
        raise ApiError(404, "EMBEDDING_UNKNOWN", f"the dataset has no embedding {embeddingId}")
    if not found.is_there():
        raise ApiError(404, "EMBEDDING_NOT_READY", f"the CSV of the embedding {embeddingId} has not been uploaded")
    return found


FoundTag = Annotated[Tag, Depends(_tag)]
SampleIndex = Annotated[int, Depends(_sample_index)]
FoundEmbedding = Annotated[Embedding, Depends(_embedding)]
