"""What a picture becomes before a model sees it. Part of a model: other preprocessing, other vectors.

Only the description belongs here; it is carried out in `picture_pixels` (size, filter) and `embed` (mean, std).
"""

from dataclasses import dataclass
from typing import Literal

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Preprocessing:
    """Resize to a square of `input_size` pixels whatever the aspect ratio, scale to [0, 1], (x - mean) / std."""

    input_size: int
    interpolation: Literal["bilinear", "bicubic"] = "bilinear"
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD

    def __str__(self) -> str:
        """For model ids: `64px-bilinear-imagenet`. Equal texts mean equal pixels."""
        imagenet = (self.mean, self.std) == (IMAGENET_MEAN, IMAGENET_STD)
        colours = "imagenet" if imagenet else ",".join(f"{value:g}" for value in (*self.mean, *self.std))
        return f"{self.input_size}px-{self.interpolation}-{colours}"
