"""Rows of exports, as labelling tools take them."""

from typing import Literal

from platform_api.wire.base import Wire
from platform_api.wire.samples import SampleData


class LabelStudioData(Wire):
    image: str
    lightly_file_name: str | None = None
    lightly_meta_info: SampleData | None = None


class LabelStudioTask(Wire):
    id: int
    data: LabelStudioData


class LabelBoxRow(Wire):
    external_id: str
    image_url: str


class LabelBoxV4Row(Wire, alias_generator=None):
    row_data: str
    global_key: str
    media_type: Literal["IMAGE"] = "IMAGE"
