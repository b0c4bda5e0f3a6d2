"""How a camera was held, and the picture turned upright.

Source: Exif 2.32, tag 0x0112 (Orientation) of the first image file directory.
"""

import struct
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_ORIENTATION = 0x0112
_SHORT = 3
Value = TypeVar("Value", bound=np.generic)
# Of each value: whether rows and columns change places, and which of the two axes then runs backwards.
_TURNS = {
    2: (False, 1, -1),
    3: (False, -1, -1),
    4: (False, -1, 1),
    5: (True, 1, 1),
    6: (True, 1, -1),
    7: (True, -1, -1),
    8: (True, -1, 1),
}


def exif_orientation(block: bytes) -> int:
    """1 to 8 of an Exif block, which begins with its byte order; 1 where it says nothing that can be read."""
    try:
        order = {b"II": "<", b"MM": ">"}[block[:2]]
        (at,) = struct.unpack_from(order + "I", block, 4)
        (number,) = struct.unpack_from(order + "H", block, at)
        for entry in range(at + 2, at + 2 + 12 * number, 12):
            tag, kind, _, value = struct.unpack_from(order + "HHIH", block, entry)
            if tag == _ORIENTATION:
                return int(value) if kind == _SHORT and 1 <= value <= 8 else 1
    except (KeyError, struct.error):
        pass
    return 1


def is_turned(orientation: int) -> bool:
    """Whether width and height change places."""
    return orientation >= 5


def upright(pixels: NDArray[Value], orientation: int) -> NDArray[Value]:
    """(H, W, …) as it is to be shown; a contiguous array."""
    if orientation not in _TURNS:
        return pixels
    turned, down, right = _TURNS[orientation]
    if turned:
        pixels = pixels.swapaxes(0, 1)
    return np.ascontiguousarray(pixels[::down, ::right])
