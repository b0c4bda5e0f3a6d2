"""How files are read and judged: config of the assets `checked_samples` and `thumbnails`."""

from pydantic import Field

from configs.stages.base import StageConfig


class CheckConfig(StageConfig):
    """One read per file: hash, decode, measurements, thumbnail."""

    enable_corruptness_check: bool = Field(
        default=True,
        description="Leave corrupt images out of the run. False: the first image that cannot be decoded ends the run.",
    )
    num_workers: int = Field(default=-1, ge=-1, description="Decoder processes; -1: one per CPU core.")
    thumbnail_size: int = Field(
        default=128,
        ge=32,
        le=1024,
        description="Shortest side of the thumbnails, in pixels. Images are embedded from them where large enough.",
    )
    decode_timeout_seconds: float = Field(
        default=20.0,
        gt=0,
        description="A decoder that takes longer for one file is stopped, and the file counts as corrupt.",
    )
    max_pixels: int = Field(
        default=178_956_970,
        ge=1,
        description="Images with more pixels are decompression bombs, and corrupt (Pillow's own limit).",
    )
    max_file_bytes: int = Field(default=1 << 30, ge=1, description="Larger files are corrupt.")
