"""Embeddings, and what is made from them."""

from typing import Annotated, Any, Literal

from pydantic import Field

from configs.strategies.fields import LARGEST_DISTANCE
from platform_api.wire.base import Id, Wire
from platform_api.wire.tags import TagName
from platform_api.wire.values import Number, ScoreType


class EmbeddingData(Wire):
    id: Id
    name: str
    is_processed: bool
    created_at: int
    is2d: Annotated[bool, Field(alias="is2d")] = False


class WriteCsvUrl(Wire):
    signed_write_url: str
    embedding_id: Id


class Embedding2d(Wire):
    dimensionality_reduction_method: Literal["PCA", "TSNE", "UMAP"]


class Embedding2dData(Wire):
    """coordinates_dimension1, 2: x and y of each row."""

    id: Id
    dataset_id: Id
    embedding_id: Id
    name: str
    created_at: int
    dimensionality_reduction_method: Literal["PCA", "TSNE", "UMAP"]
    coordinates_dimension1: Annotated[list[float] | None, Field(alias="coordinatesDimension1")] = None
    coordinates_dimension2: Annotated[list[float] | None, Field(alias="coordinatesDimension2")] = None


class StoppingCondition(Wire):
    n_samples: Annotated[Number, Field(ge=-1, le=1 << 31)] = -1
    min_distance: Annotated[Number, Field(ge=-1, le=LARGEST_DISTANCE)] = -1


class SamplingConfig(Wire):
    stopping_condition: StoppingCondition = Field(default_factory=StoppingCondition)


class SamplingCreate(Wire):
    new_tag_name: TagName
    method: Literal["ACTIVE_LEARNING", "CORAL", "CORESET", "RANDOM"]
    config: SamplingConfig
    preselected_tag_id: Id | None = None
    query_tag_id: Id | None = None
    score_type: ScoreType | None = None
    row_count: Number | None = None


class SamplingJob(Wire):
    job_id: Id


class JobResult(Wire):
    type: Literal["SAMPLING", "EMBEDDINGS2D"]
    data: Any


class JobStatus(Wire):
    id: Id
    dataset_id: Id
    status: Literal["WAITING", "RUNNING", "FAILED", "FINISHED"]
    wait_time_till_next_poll: int
    created_at: int
    last_modified_at: int
    finished_at: int | None = None
    error: str | None = None
    result: JobResult | None = None
