"""Tags, and what one makes of them."""

from typing import Annotated, Literal

from pydantic import Field

from platform_api.wire.base import Id, Wire
from platform_api.wire.values import Count, Number, PlainJson, Positive, ScoreType

TagName = Annotated[str, Field(min_length=3, max_length=255, pattern="^[a-zA-Z0-9][a-zA-Z0-9 .:;=@_-]+$")]
BitMaskData = Annotated[str, Field(pattern="^0x[a-f0-9]+$")]
TagCreator = Literal[
    "UNKNOWN",
    "USER_WEBAPP",
    "USER_PIP",
    "USER_PIP_LIGHTLY_MAGIC",
    "USER_WORKER",
    "SAMPLER_ACTIVE_LEARNING",
    "SAMPLER_CORAL",
    "SAMPLER_CORESET",
    "SAMPLER_RANDOM",
]
Text = Annotated[str, Field(max_length=1000)]


class Initial(Wire):
    run_id: Id | None = None


class Rename(Wire):
    before: Annotated[Text, Field(alias="from")]
    to: Text


class Upsize(Wire):
    run_id: Id | None = None
    before: Annotated[Number, Field(alias="from")]
    to: Number


class Arithmetics(Wire):
    operation: Text
    tag1: Text
    tag2: Text


class SamplesMoved(Wire):
    method: Literal["selected", "added", "removed"]
    count: Positive
    added: Positive
    removed: Positive


class MetadataMoved(SamplesMoved):
    changes: PlainJson


class ScatterplotMoved(SamplesMoved):
    view: Text | None = None


class Sampler(Wire):
    method: Text


class TagChange(Wire):
    initial: Initial | None = None
    rename: Rename | None = None
    upsize: Upsize | None = None
    arithmetics: Arithmetics | None = None
    metadata: MetadataMoved | None = None
    samples: SamplesMoved | None = None
    scatterplot: ScatterplotMoved | None = None
    sampler: Sampler | None = None


class TagChangeEntry(Wire):
    user_id: Text
    creator: TagCreator
    ts: Count
    changes: TagChange


class TagData(Wire):
    id: Id
    dataset_id: Id
    prev_tag_id: Id | None = None
    query_tag_id: Id | None = None
    preselected_tag_id: Id | None = None
    run_id: Id | None = None
    name: TagName
    bit_mask_data: BitMaskData
    tot_size: int
    created_at: int
    last_modified_at: int
    changes: list[TagChangeEntry] | None = None


class TagCreate(Wire):
    name: TagName
    prev_tag_id: Id
    bit_mask_data: BitMaskData
    tot_size: Annotated[int, Field(ge=0, lt=1 << 31)]
    creator: TagCreator = "UNKNOWN"
    query_tag_id: Id | None = None
    preselected_tag_id: Id | None = None
    run_id: Id | None = None
    changes: TagChange | None = None


class TagArithmetics(Wire):
    tag_id1: Annotated[Id, Field(alias="tagId1")]
    tag_id2: Annotated[Id, Field(alias="tagId2")]
    operation: Literal["UNION", "INTERSECTION", "DIFFERENCE"]
    new_tag_name: TagName | None = None
    creator: TagCreator = "UNKNOWN"
    run_id: Id | None = None


class TagBitMask(Wire):
    bit_mask_data: BitMaskData


class ScoresCreate(Wire):
    score_type: ScoreType
    scores: Annotated[list[Number], Field(min_length=1)]
