"""Samples: what is known of one."""

from typing import Annotated, Literal

from pydantic import Field

from platform_api.wire.base import Id, Wire
from platform_api.wire.values import Count, Number, PlainJson, Positive, Share, TaskName

Three = Field(min_length=3, max_length=3)
Name = Annotated[str, Field(max_length=4096)]


class SampleMetaData(Wire):
    custom: PlainJson | None = None
    dynamic: PlainJson | None = None
    sharpness: Positive | None = None
    luminance: Annotated[float, Field(ge=0, le=100)] | None = None
    size_in_bytes: Count | None = None
    snr: Positive | None = None
    uniform_row_ratio: Share | None = None
    mean: Annotated[list[Share], Three] | None = None
    shape: Annotated[list[Count], Three] | None = None
    std: Annotated[list[Positive], Three] | None = None
    sum_of_squares: Annotated[list[Positive], Three] | None = None
    sum_of_values: Annotated[list[Positive], Three] | None = None


class VideoFrameData(Wire):
    source_video: str | None = None
    source_video_frame_index: Number | None = None
    source_video_frame_timestamp: Number | None = None


class CropData(Wire):
    parent_id: Id
    prediction_uuid_timestamp: Annotated[Count, Field(alias="predictionUUIDTimestamp")]
    prediction_index: Count
    prediction_task_name: TaskName
    prediction_task_category_id: Count
    prediction_task_score: Share


class SampleData(Wire):
    id: Id
    type: Literal["CROP", "IMAGE", "VIDEO_FRAME"] | None = None
    dataset_id: Id | None = None
    file_name: str | None = None
    thumb_name: str | None = None
    exif: PlainJson | None = None
    index: int | None = None
    meta_data: SampleMetaData | None = None
    custom_meta_data: PlainJson | None = None
    video_frame_data: VideoFrameData | None = None
    crop_data: CropData | None = None


class SampleUpdate(Wire):
    file_name: Name | None = None
    thumb_name: Name | None = None
    exif: PlainJson | None = None
    meta_data: SampleMetaData | None = None
    custom_meta_data: PlainJson | None = None
