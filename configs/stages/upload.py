"""What a run of the command line brings into a dataset of the platform: config of the asset `uploaded_pictures`."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from configs.field_types import Flag
from configs.option import Option, Spelling, is_off
from configs.stages.base import StageConfig
from configs.stages.export import LARGEST_SIDE, Side

PICTURES = ("full", "thumbnails", "none")
_WORDS = {"meta": "none", "metadata": "none", "none": "none", None: "none"}


def _read_size(value: Any) -> dict[str, Any]:
    return {"resize": [] if is_off(value) else value if isinstance(value, list) else [value]}


def _write_size(upload: "UploadConfig") -> Any:
    return -1 if not upload.resize else upload.resize[0] if len(upload.resize) == 1 else upload.resize


SIZE = Spelling(
    _read_size,
    _write_size,
    kind="int | [int,int]",
    allowed=f"write the shortest edge in pixels, [height,width], or -1 for the original size; at most {LARGEST_SIDE}",
    note="-1: as they are, x: shortest edge.",
)
UPLOAD = Spelling(
    lambda value: {"upload": _WORDS.get(value, value) if value is None or isinstance(value, str) else value},
    lambda upload: upload.upload,
    kind="full | thumbnails | none",
    allowed="write full, thumbnails, or none (also: meta, metadata)",
    note="none, meta: names and what is known of the samples, without pictures.",
)


class UploadConfig(StageConfig):
    """Selected samples in a dataset that scripts see through the platform's API."""

    title: ClassVar[str] = "Upload"

    upload_dataset: Annotated[Flag, Option("upload_dataset")] = Field(
        default=False,
        description="Bring the selected samples into a dataset of this server's platform, which belongs to the user "
        "of the token.",
    )
    upload: Annotated[Literal["full", "thumbnails", "none"], Option("lightly.upload", spelling=UPLOAD)] = Field(
        default="full", description="Which pictures the server keeps of samples that are uploaded."
    )
    resize: Annotated[list[Side], Option("lightly.resize", spelling=SIZE)] = Field(
        default=[],
        max_length=2,
        description="Size of uploaded pictures: [] as they are, thumbnails with a shortest edge of 128 pixels; "
        "[shortest edge], or [height, width].",
    )
