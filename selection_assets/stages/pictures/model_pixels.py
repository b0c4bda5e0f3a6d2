"""One foreign file into the pixels that the model sees: decoded by the rules of `pixel_rules`, resized to a square.

To be run in a guarded process. Thumbnails of our own making go through `thumbnail_pixels`.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from selection_assets.stages.pictures.decoding import decode_image
from selection_assets.stages.pictures.picture_pixels import DECODED_FACTOR, Interpolation, square_pixels


def model_pixels(
    data: bytes, filename: str, input_size: int, interpolation: Interpolation, max_pixels: int
) -> NDArray[np.uint8]:
    """(input_size, input_size, 3) RGB, whatever the aspect ratio.

    Raises:
        CorruptImageError: no picture, not supported, too large, truncated or damaged; and what decoders raise.
    """
    decoded = decode_image(data, filename, DECODED_FACTOR * input_size, max_pixels)
    return square_pixels(Image.fromarray(decoded.pixels), input_size, interpolation)
