"""Predictions: schemas of tasks, and what was predicted for a sample."""

from typing import Annotated, Literal

from pydantic import Field

from platform_api.wire.base import Id, Wire
from platform_api.wire.values import Count, Line, Positive, Share, TaskName

Box = Annotated[list[Positive], Field(min_length=4, max_length=4)]  # x, y, width, height
RunLengths = list[Count]  # pixels without and with the object in turn


class Category(Wire):
    id: Count
    name: Line


class KeypointCategory(Category):
    keypoint_names: list[Line] | None = None
    keypoint_skeleton: list[Annotated[list[Count], Field(min_length=2, max_length=2)]] | None = None


class SimpleTask(Wire):
    name: Annotated[TaskName, Field(min_length=1)]
    type: Literal["CLASSIFICATION", "OBJECT_DETECTION", "SEMANTIC_SEGMENTATION", "INSTANCE_SEGMENTATION"]
    categories: list[Category]


class KeypointTask(Wire):
    name: Annotated[TaskName, Field(min_length=1)]
    type: Literal["KEYPOINT_DETECTION"]
    categories: list[KeypointCategory]


Task = Annotated[SimpleTask | KeypointTask, Field(discriminator="type")]


class _Singleton(Wire):
    task_name: Annotated[TaskName, Field(min_length=1)]
    category_id: Count
    score: Share
    probabilities: list[Share] | None = None
    crop_dataset_id: Id | None = None
    crop_sample_id: Id | None = None


class Classification(_Singleton):
    type: Literal["CLASSIFICATION"]


class ObjectDetection(_Singleton):
    type: Literal["OBJECT_DETECTION"]
    bbox: Box


class SemanticSegmentation(_Singleton):
    type: Literal["SEMANTIC_SEGMENTATION"]
    segmentation: RunLengths


class InstanceSegmentation(_Singleton):
    type: Literal["INSTANCE_SEGMENTATION"]
    segmentation: RunLengths
    bbox: Box


class KeypointDetection(_Singleton):
    type: Literal["KEYPOINT_DETECTION"]
    keypoints: Annotated[list[Positive], Field(min_length=3)]
    bbox: Box | None = None


Singleton = Annotated[
    Classification | ObjectDetection | SemanticSegmentation | InstanceSegmentation | KeypointDetection,
    Field(discriminator="type"),
]
