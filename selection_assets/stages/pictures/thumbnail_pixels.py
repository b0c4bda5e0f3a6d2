"""A thumbnail of our own making: from pixels to JPEG, and back as Pillow decodes it, without its search for the format.

Pictures of outside go through `model_pixels`.
"""

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image

from configs.errors import InputError

_QUALITY = 90


def encode_thumbnail(pixels: NDArray[np.uint8]) -> bytes:
    """(H, W, 3) RGB -> JPEG."""
    jpeg: bytes = simplejpeg.encode_jpeg(pixels, quality=_QUALITY, colorspace="RGB", colorsubsampling="420")
    return jpeg


def decode_thumbnail(jpeg: bytes, key: str) -> Image.Image:
    """The RGB picture. Raises InputError where it is damaged."""
    try:
        return Image.fromarray(simplejpeg.decode_jpeg(jpeg, "RGB"))
    except ValueError as error:
        raise InputError(
            f"the thumbnail {key} is damaged; delete cache.sqlite in DAGSTER_HOME and run again"
        ) from error
