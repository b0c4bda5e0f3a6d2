"""How files are read and judged: config of the assets `checked_samples` and `thumbnails`."""

from typing import Annotated, ClassVar

from pydantic import Field

from configs.field_types import LARGEST_INTEGER, Flag, Number, Whole
from configs.option import Option
from configs.stages.base import StageConfig


class CheckConfig(StageConfig):
    """One read per file: hash, decode, measurements, thumbnail."""

    title: ClassVar[str] = "Corruptness check and thumbnails"

    enable_corruptness_check: Annotated[Flag, Option("enable_corruptness_check", worker=True)] = Field(
        default=True,
        description="Leave corrupt images out of the run. False: the first image that cannot be decoded ends the run.",
    )
    num_workers: Annotated[Whole, Option("corruptness_check.num_workers")] = Field(
        default=-1, ge=-1, le=512, description="Decoder processes; -1: one per CPU core."
    )
    thumbnail_size: Annotated[Whole, Option("corruptness_check.thumbnail_size")] = Field(
        default=128,
        ge=32,
        le=1024,
        description="Shortest side of the thumbnails, in pixels. Images are embedded from them where large enough.",
    )
    decode_timeout_seconds: Annotated[Number, Option("corruptness_check.decode_timeout_seconds")] = Field(
        default=20.0,
        gt=0,
        le=86_400,
        description="A decoder that takes longer for one file is stopped, and the file counts as corrupt.",
    )
    max_pixels: Annotated[Whole, Option("corruptness_check.max_pixels")] = Field(
        default=178_956_970,
        ge=1,
        le=LARGEST_INTEGER,
        description="Images with more pixels are decompression bombs, and corrupt (Pillow's own limit).",
    )
    max_file_bytes: Annotated[Whole, Option("corruptness_check.max_file_bytes")] = Field(
        default=1 << 30, ge=1, le=LARGEST_INTEGER, description="Larger files are corrupt."
    )
