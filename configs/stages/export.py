"""What is copied out of the dataset: config of the asset `exported_samples`."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from configs.field_types import Flag, Whole
from configs.option import Option, Spelling, is_off
from configs.stages.base import StageConfig

LARGEST_SIDE = 32_768

Side = Annotated[Whole, Field(ge=1, le=LARGEST_SIDE)]


def _read_image_size(value: Any) -> dict[str, Any]:
    return {"output_image_size": [] if is_off(value) else value if isinstance(value, list) else [value]}


def _write_image_size(export: "ExportConfig") -> Any:
    sizes = export.output_image_size
    return -1 if not sizes else sizes[0] if len(sizes) == 1 else sizes


IMAGE_SIZE = Spelling(
    _read_image_size,
    _write_image_size,
    kind="int | [int,int]",
    allowed=f"write the shortest edge in pixels, [height,width], or -1 for the original size; at most {LARGEST_SIDE}",
    note="-1: as they are, x: shortest edge.",
)


class ExportConfig(StageConfig):
    """The kept images, in the run folder under data/sampled."""

    title: ClassVar[str] = "Export"

    dump_dataset: Annotated[Flag, Option("dump_dataset")] = Field(
        default=False, description="Write the selected images to the run folder."
    )
    output_image_size: Annotated[list[Side], Option("output_image_size", spelling=IMAGE_SIZE)] = Field(
        default=[],
        max_length=2,
        description="Size of the dumped images: [] as they are, [shortest edge], or [height, width].",
    )
    output_image_format: Annotated[
        Literal["png", "jpg", "jpeg", "webp", "bmp", "tif", "tiff", "ppm"], Option("output_image_format", worker=True)
    ] = Field(default="png", description="Format of the dumped images.")
