"""One picture into the pixels that the model sees: decode, resize to a square, normalise.

The transform is the one of the `lightly` package when it embeds: resize to (size, size) with an antialiased filter
(bilinear there) whatever the aspect ratio. What follows is in `preprocessing`.
"""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from selection_assets.stages.models.preprocessing import Interpolation
from selection_assets.stages.samples.supported_formats import PILLOW_FORMATS

# MPO (several JPEGs in one file) is opened by Pillow's JPEG reader and known to `Image.open` under that name only.
OPENED_FORMATS = tuple(name for name in PILLOW_FORMATS if name != "MPO")
_FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
# A JPEG much larger than needed is decoded at 1/2, 1/4 or 1/8 of its size, but never below this many times `size`.
DRAFT_FACTOR = 4


def square_pixels(
    picture: bytes | Image.Image, size: int, interpolation: Interpolation = "bilinear"
) -> NDArray[np.uint8]:
    """(size, size, 3) RGB of an encoded or decoded picture.

    Raises OSError, ValueError, SyntaxError or Image.DecompressionBombError where Pillow cannot decode it.
    """
    if isinstance(picture, Image.Image):
        return _resized(picture, size, interpolation)
    with Image.open(io.BytesIO(picture), formats=OPENED_FORMATS) as image:
        image.draft("RGB", (DRAFT_FACTOR * size, DRAFT_FACTOR * size))
        return _resized(image, size, interpolation)


def reason_of(error: Exception) -> str:
    """Why a picture cannot be decoded, in one line that is the same every time."""
    if isinstance(error, UnidentifiedImageError):  # its own text holds a memory address
        return "UnidentifiedImageError: no picture in a supported format"
    return f"{type(error).__name__}: {error}".splitlines()[0]


def eight_bit(image: Image.Image) -> Image.Image:
    """The picture with 8 bits per channel: 16-bit greys keep their upper byte (Pillow's own conversion clips them)."""
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode in ("I", "F"):  # no fixed range: 0 to 65535 when anything exceeds a byte, else 0 to 255
        values = np.nan_to_num(np.asarray(image, np.float32), posinf=0.0, neginf=0.0)
        scale = 256.0 if values.max(initial=0.0) > 255.0 else 1.0
        return Image.fromarray(np.clip(values / scale, 0.0, 255.0).astype(np.uint8))
    return image


def _resized(image: Image.Image, size: int, interpolation: Interpolation) -> NDArray[np.uint8]:
    # To RGB first, as the package's loader does: palettes must not be interpolated.
    rgb = eight_bit(image).convert("RGB")
    return np.asarray(rgb.resize((size, size), _FILTERS[interpolation]))
