"""One picture into the square that the model sees.

The transform is the one of the `lightly` package when it embeds: resize to (size, size) with an antialiased filter
(bilinear there) whatever the aspect ratio. What follows is in `models/preprocessing`.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from selection_assets.stages.pictures.decoding import decode_image
from selection_assets.stages.pictures.foreign_content import own_content, unknown_content

Interpolation = Literal["bilinear", "bicubic"]
_FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
_EXTENSIONS = {"JPEG": ".jpg", "PNG": ".png", "TIFF": ".tif", "WebP": ".webp", "BMP": ".bmp", "PPM": ".ppm"}
_MOST_PIXELS = 1 << 28
# A JPEG much larger than needed is decoded at 1/2, 1/4 or 1/8 of its size, but never below this many times `size`.
DECODED_FACTOR = 4


def square_pixels(
    picture: bytes | Image.Image, size: int, interpolation: Interpolation = "bilinear"
) -> NDArray[np.uint8]:
    """(size, size, 3) RGB of an encoded picture, whatever its name, or of a decoded one.

    Raises:
        CorruptImageError: no picture, not supported, truncated or damaged; and what decoders raise.
    """
    if isinstance(picture, bytes):
        content = own_content(picture)
        if content is None:
            raise unknown_content(picture, "")
        decoded = decode_image(picture, "picture" + _EXTENSIONS[content], DECODED_FACTOR * size, _MOST_PIXELS)
        picture = Image.fromarray(decoded.pixels)
    rgb = picture if picture.mode == "RGB" else picture.convert("RGB")
    return np.asarray(rgb.resize((size, size), _FILTERS[interpolation]))
