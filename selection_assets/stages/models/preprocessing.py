"""What a picture becomes before a model sees it. Part of a model: other preprocessing, other vectors.

Only the description belongs here; it is carried out in `picture_pixels` (size, filter) and `embed` (mean, std).
"""

from dataclasses import dataclass

from selection_assets.stages.pictures.picture_pixels import Interpolation

# Of ImageNet's training pictures, per RGB channel on [0, 1].
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Preprocessing:
    """Resize to a square of `input_size` pixels whatever the aspect ratio, scale to [0, 1], (x - mean) / std."""

    input_size: int
    interpolation: Interpolation = "bilinear"
    mean: tuple[float, ...] = MEAN
    std: tuple[float, ...] = STD

    @property
    def transform(self) -> str:
        """Everything but the size, in a word: `bilinear-imagenet`."""
        imagenet = (self.mean, self.std) == (MEAN, STD)
        colours = "imagenet" if imagenet else ",".join(f"{value:g}" for value in (*self.mean, *self.std))
        return f"{self.interpolation}-{colours}"

    def __str__(self) -> str:
        """For model ids: `64px-bilinear-imagenet`. Equal texts mean equal pixels."""
        return f"{self.input_size}px-{self.transform}"
