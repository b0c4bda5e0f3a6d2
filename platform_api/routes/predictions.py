"""Predictions that users upload, checked against the schema of their task."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query

from platform_api.access import Id, VisibleDataset
from platform_api.belongings import SampleIndex
from platform_api.errors import ApiError
from platform_api.wire.base import Created
from platform_api.wire.predictions import KeypointDetection, Singleton, Task
from resources.platform.predictions import prediction_tasks, store_predictions, store_task

router = APIRouter(prefix="/v1/datasets/{datasetId}/predictions")
Version = Annotated[int | None, Query(alias="predictionUUIDTimestamp", ge=0)]


@router.post("/tasks", status_code=201)
def store_schema(dataset: VisibleDataset, body: Annotated[Task, Body()], version: Version = None) -> Created:
    """In place of an earlier one of this name. There are no versions: the last one counts."""
    ids = [each.id for each in body.categories]
    if len(set(ids)) < len(ids):
        words = f"task {body.name}: two categories have the same id"
        raise ApiError(422, "PREDICTION_TASK_SCHEMA_CATEGORIES_NOT_UNIQUE", words)
    return Created(id=store_task(dataset.id, body.model_dump(mode="json", by_alias=True)))


@router.post("/samples/{sampleId}", status_code=201)
def store(
    dataset: VisibleDataset,
    sampleId: Id,  # noqa: N803 - as the route names it
    index: SampleIndex,
    body: list[Singleton],
    version: Version = None,
) -> Created:
    """For each task that is named in place of what the sample had. The schemas of the tasks must be there."""
    tasks = prediction_tasks(dataset.id)
    for place, each in enumerate(body):
        if fault := _fault(each, tasks.get(each.task_name)):
            code = "BAD_REQUEST" if each.task_name in tasks else "PREDICTION_TASK_SCHEMA_UNKNOWN"
            raise ApiError(422, code, f"prediction {place}: {fault}")
    by_task: dict[str, list[dict[str, Any]]] = {}
    for each in body:
        by_task.setdefault(each.task_name, []).append(each.model_dump(mode="json", by_alias=True))
    store_predictions(dataset.id, index, by_task)
    return Created(id=sampleId)


def _fault(each: Singleton, schema: Mapping[str, Any] | None) -> str:
    """What does not fit to the schema of its task; empty where all does."""
    if schema is None:
        return f"there is no task {each.task_name}; create its schema first"
    if each.type != schema["type"]:
        return f"the task {each.task_name} is {schema['type']}, not {each.type}"
    category = next((found for found in schema["categories"] if found["id"] == each.category_id), None)
    if category is None:
        return f"the task {each.task_name} has no category {each.category_id}"
    if isinstance(each, KeypointDetection):
        names: Sequence[str] | None = category.get("keypointNames")
        if len(each.keypoints) % 3:
            return "keypoints are x, y and score in turn"
        if names is not None and len(each.keypoints) != 3 * len(names):
            return f"{len(each.keypoints) // 3} keypoints for the {len(names)} of category {category['name']}"
    return ""
