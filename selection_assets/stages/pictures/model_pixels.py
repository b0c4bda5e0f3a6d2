"""One foreign file into the pixels that the model sees; to be run in a guarded process."""

import numpy as np
from numpy.typing import NDArray

from selection_assets.stages.models.preprocessing import Interpolation
from selection_assets.stages.pictures.picture_pixels import square_pixels


def model_pixels(
    data: bytes, filename: str, input_size: int, interpolation: Interpolation, max_pixels: int
) -> NDArray[np.uint8]:
    """(input_size, input_size, 3) RGB: decoded by the rules of `pixel_rules`, resized whatever the aspect ratio.

    Raises:
        CorruptImageError: no picture, not supported, too large, truncated or damaged; and what decoders raise.
    """
    return square_pixels(data, input_size, interpolation)
