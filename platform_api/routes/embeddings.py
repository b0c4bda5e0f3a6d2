"""Embeddings: list, read, upload; views of them in the plane, and selections by them, which are jobs."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from platform_api.access import CurrentUser, Id, VisibleDataset
from platform_api.belongings import FoundEmbedding
from platform_api.errors import ApiError
from platform_api.signed_urls import file_read_url, file_write_url
from platform_api.wire.embeddings import (
    Embedding2d,
    EmbeddingData,
    JobResult,
    JobStatus,
    SamplingCreate,
    SamplingJob,
    WriteCsvUrl,
)
from resources.platform.datasets import PlatformDataset, visible_dataset
from resources.platform.embeddings import embeddings_of, expect_embedding, mark_processed
from resources.platform.jobs import Job, add_job, find_job
from resources.platform.scores import score_types
from resources.platform.tags import INITIAL_TAG, Tag, find_tag, tag_named

router = APIRouter(prefix="/v1")
DATASET = "/datasets/{datasetId}/embeddings"
POLL_SECONDS = 1
LARGEST_CSV = 4 << 30  # bytes
NAME_PATTERN = "^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"


@router.get(DATASET)
def embeddings(dataset: VisibleDataset) -> list[EmbeddingData]:
    """Newest first. One that was announced is there once its CSV is."""
    return [
        EmbeddingData(id=each.id, name=each.name, is_processed=each.processed, created_at=each.created)
        for each in embeddings_of(dataset.id)
    ]


@router.get(f"{DATASET}/writeCSVUrl")
def write_url(
    request: Request,
    dataset: VisibleDataset,
    name: Annotated[str, Query(min_length=1, max_length=255, pattern=NAME_PATTERN)] = "default",
) -> WriteCsvUrl:
    """For a new embedding, with every request."""
    made = expect_embedding(dataset.id, name)
    url = file_write_url(dataset, made.place, request, most=LARGEST_CSV)
    return WriteCsvUrl(signed_write_url=url, embedding_id=made.id)


@router.get(f"{DATASET}/{{embeddingId}}/readCSVUrl")
def read_url(request: Request, dataset: VisibleDataset, embedding: FoundEmbedding) -> str:
    return file_read_url(dataset, embedding.place, request)


@router.post(f"{DATASET}/{{embeddingId}}/trigger2dEmbeddingsJob", status_code=204)
def view_in_the_plane(dataset: VisibleDataset, embedding: FoundEmbedding, body: Embedding2d) -> Response:
    """A job `EMBEDDINGS2D`, see `resources.platform.jobs`: recorded here, done by whoever does jobs.

    The client asks for it when an upload is complete: so the embedding counts as processed.
    """
    mark_processed(embedding.id)
    asked = {"embedding": embedding.id, "method": body.dimensionality_reduction_method}
    add_job(dataset.id, "EMBEDDINGS2D", asked)
    return Response(status_code=204)


@router.post(f"{DATASET}/{{embeddingId}}/sampling")
def select(dataset: VisibleDataset, embedding: FoundEmbedding, body: SamplingCreate) -> SamplingJob:
    """A job `SAMPLING`, see `resources.platform.jobs`; it makes the new tag. `rowCount` is ignored: it is known."""
    if tag_named(dataset.id, body.new_tag_name):
        raise ApiError(409, "TAG_NAME_EXISTS", f"the dataset has a tag {body.new_tag_name} already")
    condition = body.config.stopping_condition
    if condition.n_samples < 0 and condition.min_distance < 0:
        raise ApiError(422, "BAD_REQUEST", "nSamples or minDistance must say when the selection ends")
    query = _query_tag(dataset, body.query_tag_id)
    if body.preselected_tag_id is not None and find_tag(dataset.id, body.preselected_tag_id) is None:
        words = f"the dataset has no tag {body.preselected_tag_id}"
        raise ApiError(422, "TAG_PRESELECTEDTAG_NOT_IN_DATASET", words)
    asked: dict[str, Any] = {
        "embedding": embedding.id,
        "newTagName": body.new_tag_name,
        "method": body.method,
        "nSamples": condition.n_samples,
        "minDistance": condition.min_distance,
        "queryTag": query.id,
        "preselectedTag": body.preselected_tag_id,
        "scoreType": _score_type(query, body),
    }
    return SamplingJob(job_id=add_job(dataset.id, "SAMPLING", asked).id)


def _query_tag(dataset: PlatformDataset, id: str | None) -> Tag:
    found = tag_named(dataset.id, INITIAL_TAG) if id is None else find_tag(dataset.id, id)
    if found is None:
        raise ApiError(422, "TAG_QUERYTAG_NOT_IN_DATASET", f"the dataset has no tag {id or INITIAL_TAG}")
    return found


def _score_type(query: Tag, body: SamplingCreate) -> str | None:
    """Of the methods that need scores the type that is asked for, else the one that was uploaded last."""
    if body.method not in ("ACTIVE_LEARNING", "CORAL"):
        return None
    types = score_types(query)
    if not types or (body.score_type is not None and body.score_type not in types):
        wanted = f"scores {body.score_type}" if body.score_type else "scores"
        raise ApiError(422, "TAG_NO_SCORES_AVAILABLE", f"the tag {query.name} has no {wanted}; upload them first")
    return body.score_type or types[0]


@router.get("/jobs/{jobId}")
def job(user: CurrentUser, jobId: Id) -> JobStatus:  # noqa: N803 - as the client names it
    found = find_job(jobId)
    if found is None or visible_dataset(user, found.dataset) is None:
        raise ApiError(404, "JOB_UNKNOWN", f"there is no job {jobId}")
    return _shown(found)


def _shown(job: Job) -> JobStatus:
    """The result is the id of the tag, or that of the view in the plane."""
    has_ended = job.status in ("FAILED", "FINISHED")
    made = job.id if job.kind == "EMBEDDINGS2D" else job.result
    return JobStatus.model_validate(
        {
            "id": job.id,
            "datasetId": job.dataset,
            "status": job.status,
            "waitTimeTillNextPoll": 0 if has_ended else POLL_SECONDS,
            "createdAt": job.created,
            "lastModifiedAt": job.changed,
            "finishedAt": job.changed if has_ended else None,
            "error": job.error,
            "result": JobResult.model_validate({"type": job.kind, "data": made}) if job.result else None,
        }
    )
