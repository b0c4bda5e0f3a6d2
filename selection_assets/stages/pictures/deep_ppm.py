"""PPMs of 16 bits per channel, of which Pillow keeps 8.

Source: https://netpbm.sourceforge.net/doc/ppm.html.
"""

import re

import numpy as np
from numpy.typing import NDArray

_HEADER = re.compile(rb"P6(?:\s+|\s*#[^\n]*\n)+(\d+)(?:\s+|\s*#[^\n]*\n)+(\d+)(?:\s+|\s*#[^\n]*\n)+(\d+)\s")
_MOST_HEADER = 10_000


def deep_ppm_pixels(data: bytes) -> NDArray[np.uint16] | None:
    """(H, W, 3) on 0…65,535; None for a PPM of 8 bits, or one in letters. Raises OSError where the end is missing."""
    header = _HEADER.match(data[:_MOST_HEADER])
    if header is None or not 255 < int(header[3]) <= 65_535:
        return None
    width, height, white = int(header[1]), int(header[2]), int(header[3])
    if len(data) - header.end() < width * height * 6:
        raise OSError("image file is truncated")
    values = np.frombuffer(data, ">u2", width * height * 3, header.end()).reshape(height, width, 3).astype(np.uint16)
    if white == 65_535:
        return values
    return np.asarray(np.minimum(np.rint(values * (65_535 / white)), 65_535), np.uint16)
