import struct

import numpy as np
import pytest
from PIL import Image, ImageOps

from selection_assets.stages.pictures.orientation import exif_orientation, is_turned, upright


def exif_block(order: str, value: int, kind: int = 3, tag: int = 0x0112) -> bytes:
    mark = b"II" if order == "<" else b"MM"
    entry = struct.pack(order + "HHIHH", tag, kind, 1, value, 0)
    other = struct.pack(order + "HHIHH", 0x0100, 3, 1, 5, 0)
    return mark + struct.pack(order + "HIH", 42, 8, 2) + other + entry + bytes(4)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("value", range(1, 9))
def test_values_of_exif(order: str, value: int) -> None:
    assert exif_orientation(exif_block(order, value)) == value


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"II",
        b"XX*\0\x08\0\0\0",
        exif_block("<", 6)[:20],
        exif_block("<", 0),
        exif_block("<", 9),
        exif_block("<", 6, kind=4),
        exif_block("<", 6, tag=0x0113),
        b"II*\0\xff\xff\xff\xff" + bytes(20),
    ],
)
def test_blocks_that_say_nothing(block: bytes) -> None:
    assert exif_orientation(block) == 1


@pytest.mark.parametrize("value", range(1, 9))
def test_upright_is_what_pillow_shows(value: int) -> None:
    pixels = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
    picture = Image.fromarray(pixels)
    picture.getexif()[0x0112] = value
    shown = upright(pixels, value)
    assert np.array_equal(shown, np.asarray(ImageOps.exif_transpose(picture)))
    assert shown.flags.c_contiguous
    assert is_turned(value) == (shown.shape != pixels.shape)
