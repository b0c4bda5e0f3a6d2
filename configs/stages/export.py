"""What is copied out of the dataset: config of the asset `exported_samples`."""

from typing import Literal

from pydantic import Field

from configs.stages.base import StageConfig


class ExportConfig(StageConfig):
    """The kept images, in the run folder under data/sampled."""

    dump_dataset: bool = Field(default=False, description="Write the selected images to the run folder.")
    output_image_size: list[int] = Field(
        default=[],
        max_length=2,
        description="Size of the dumped images: [] as they are, [shortest edge], or [height, width].",
    )
    output_image_format: Literal["png", "jpg", "jpeg", "webp", "bmp", "tif", "tiff", "ppm"] = Field(
        default="png", description="Format of the dumped images."
    )
