"""PNGs of 16 bits per channel with colours or alpha, of which Pillow keeps the upper byte only.

Its unpackers take one of the two bytes of each number. Read twice, as if the bytes stood in one order and in the
other, both are there.
"""

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

_DEPTH_AT, _COLOURS_AT = 24, 25  # of the header, whose place is fixed
_GREY_ALPHA, _RGB, _RGB_ALPHA = 4, 2, 6


def is_deep_colour(data: bytes) -> bool:
    """Whether this PNG has 16 bits per channel, and more than one channel."""
    return data[_DEPTH_AT] == 16 and data[_COLOURS_AT] in (_GREY_ALPHA, _RGB, _RGB_ALPHA)


def deep_png_pixels(data: bytes) -> NDArray[np.uint16]:
    """(H, W, 2, 3 or 4); one more where the file names a transparent colour. Raises what Pillow raises."""
    if data[_COLOURS_AT] == _GREY_ALPHA:
        # Four bytes per pixel, like RGBA of 8 bits.
        with _opened(data) as image:
            both = _bytes(image, "RGBA", "RGBA").astype(np.uint16)
        return np.asarray(both[..., ::2] << 8 | both[..., 1::2], np.uint16)
    with _opened(data) as image:
        mode = image.mode
        clear = image.info.get("transparency")
        upper = _bytes(image, mode, f"{mode};16B").astype(np.uint16)
    with _opened(data) as image:
        values = np.asarray(upper << 8 | _bytes(image, mode, f"{mode};16L"), np.uint16)
    if mode == "RGB" and isinstance(clear, tuple):
        opaque = np.any(values != np.array(clear), axis=2, keepdims=True)
        values = np.concatenate((values, opaque.astype(np.uint16) * np.uint16(65_535)), axis=2)
    return values


def _opened(data: bytes) -> ImageFile.ImageFile:
    return Image.open(BytesIO(data), formats=("PNG",))


def _bytes(image: ImageFile.ImageFile, mode: str, unpacker: str) -> NDArray[np.uint8]:
    image._mode = mode
    image.tile = [tile._replace(args=unpacker) for tile in image.tile]
    image.load()
    # Not np.asarray(image): it would look at the mode before.
    height, width = image.size[1], image.size[0]
    return np.frombuffer(image.tobytes(), np.uint8).reshape(height, width, len(mode))
