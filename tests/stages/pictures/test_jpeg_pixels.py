import io
import random
import re
from collections.abc import Callable

import numpy as np
import pytest
import simplejpeg
from PIL import Image, ImageOps

from selection_assets.stages.pictures.corrupt_image import CorruptImageError
from selection_assets.stages.pictures.jpeg_pixels import read_jpeg, reduction
from tests.stages.drawn_pictures import encoded, textured

WHOLE = 1 << 30
LIMIT = 50_000_000


def verdict(data: bytes) -> str | None:
    """Reason class, or None for a healthy one."""
    try:
        read_jpeg(data, 100, LIMIT)
    except CorruptImageError as error:
        return error.reason_class
    return None


def first_warning(data: bytes) -> str:
    space = "CMYK" if Image.open(io.BytesIO(data)).mode == "CMYK" else "RGB"
    with pytest.raises(ValueError) as caught:
        simplejpeg.decode_jpeg(data, space)
    return str(caught.value)


def jpeg(mode: str = "RGB", **options: object) -> bytes:
    return encoded(textured(400, 300, seed=4).convert(mode), "JPEG", **{"quality": 90} | options)


def other_jfif(data: bytes) -> bytes:
    at = data.index(b"JFIF\0") + 5
    return data[:at] + b"\x02\x07" + data[at + 2 :]


def unknown_adobe(data: bytes) -> bytes:
    """Of a CMYK picture: a code for its colour space that nobody knows. (It then is YCCK.)"""
    at = data.index(b"Adobe") + 11
    return data[:at] + b"\x09" + data[at + 1 :]


def other_scan(data: bytes) -> bytes:
    """A sequential scan that says it ends at coefficient 62."""
    at = data.index(b"\xff\xda")
    at += 2 + int.from_bytes(data[at + 2 : at + 4], "big") - 2
    assert data[at] == 63
    return data[:at] + b"\x3e" + data[at + 1 :]


def other_progression(data: bytes) -> bytes:
    """A progressive picture whose second last scan begins at another bit than the one before it ended."""
    at = [match.start() for match in re.finditer(b"\xff\xda", data)][-2]
    at += 2 + int.from_bytes(data[at + 2 : at + 4], "big") - 1
    assert data[at] == 0x10
    return data[:at] + b"\x21" + data[at + 1 :]


def stray_bytes(data: bytes) -> bytes:
    return data[:-2] + bytes(range(1, 9)) + data[-2:]  # the decoder has taken in five of them before it looks


def two_oddities(data: bytes) -> bytes:
    return stray_bytes(other_jfif(data))


HARMLESS = [
    (other_jfif, jpeg(), "Warning: unknown JFIF revision number 2.07"),
    (other_jfif, jpeg("L", progressive=True), "Warning: unknown JFIF revision number 2.07"),
    (unknown_adobe, jpeg("CMYK"), "Unknown Adobe color transform code 9"),
    (other_scan, jpeg(), "Invalid SOS parameters for sequential JPEG"),
    (other_progression, jpeg(progressive=True), "Inconsistent progression sequence for component 1 coefficient 1"),
    (stray_bytes, jpeg(), "Corrupt JPEG data: 3 extraneous bytes before marker 0xd9"),
    (stray_bytes, jpeg("CMYK", progressive=True), "Corrupt JPEG data: 2 extraneous bytes before marker 0xd9"),
    (two_oddities, jpeg(restart_marker_rows=1), "Warning: unknown JFIF revision number 2.07"),
]


@pytest.mark.parametrize(("oddity", "data", "message"), HARMLESS)
def test_harmless_warnings_leave_a_picture_healthy(oddity: Callable[[bytes], bytes], data: bytes, message: str) -> None:
    odd = oddity(data)
    assert first_warning(odd) == message
    expected = np.asarray(Image.open(io.BytesIO(odd)).convert("RGB"))
    assert np.array_equal(read_jpeg(odd, WHOLE, LIMIT).pixels, expected)


@pytest.mark.parametrize(
    ("width", "height", "shortest", "expected"),
    [
        (800, 600, 76, 4), (800, 600, 75, 8), (75, 600, 9, 8), (800, 71, 8, 8), (800, 607, 75, 8), (80, 80, 1, 8),
        (300, 40, 10, 4), (300, 39, 10, 2), (40, 300, 11, 2), (19, 300, 10, 1), (20, 300, 10, 2), (5, 5, 10, 1),
    ],
)  # fmt: skip
def test_the_largest_reduction_that_leaves_enough(width: int, height: int, shortest: int, expected: int) -> None:
    assert reduction(width, height, shortest) == expected


def broken_copies(data: bytes, number: int) -> list[bytes]:
    """With zeroed, flipped or missing bytes in the compressed data of the first scan and those after it."""
    rng = random.Random(1)
    copies = []
    first = data.index(b"\xff\xda") + 20
    for n in range(number):
        copy = bytearray(data)
        at, length = rng.randrange(first, len(data) - 700), rng.choice((200, 600))
        if n % 3 == 0:
            copy[at : at + length] = bytes(length)
        elif n % 3 == 1:
            copy[at : at + length] = bytes(value ^ 0xA5 for value in copy[at : at + length])
        else:
            del copy[at : at + length]
        copies.append(bytes(copy))
    return copies


@pytest.mark.parametrize(("oddity", "data", "message"), HARMLESS)
def test_no_harmless_warning_hides_damage(oddity: Callable[[bytes], bytes], data: bytes, message: str) -> None:
    """What is seen in a picture without the oddity is seen in one with it."""
    for broken in broken_copies(data, 24):
        if oddity is other_progression and broken.count(b"\xff\xda") != data.count(b"\xff\xda"):
            continue
        try:
            odd = oddity(broken)
        except (AssertionError, ValueError):  # the damage hit the very place
            continue
        if verdict(broken) is not None:
            assert verdict(odd) is not None
    assert message


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"progressive": True},
        {"subsampling": 0},
        {"subsampling": 1},
        {"subsampling": 2, "progressive": True},
        {"optimize": True, "quality": 60},
        {"restart_marker_rows": 2},
        {"progressive": True, "restart_marker_blocks": 30},
    ],
)
def test_damage_is_seen_whatever_the_coding(mode: str, options: dict[str, object]) -> None:
    data = jpeg(mode, **options)
    assert verdict(data) is None
    copies = broken_copies(data, 30)
    seen = sum(verdict(copy) is not None for copy in copies)
    # JPEG has no checksums: flipped bytes are often valid code for another picture, so libjpeg itself sees nothing.
    # What libjpeg does report, of JPEGs that simplejpeg knows, is seen.
    for copy in copies:
        try:
            simplejpeg.decode_jpeg(copy, "CMYK" if mode == "CMYK" else "RGB")
        except ValueError as error:
            strays = re.search(r": (\d+) extraneous", str(error))
            if "subsampling" not in str(error) and (strays is None or int(strays[1]) > 16):
                assert verdict(copy) is not None
    assert seen >= 12


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_full_pixels_are_those_of_pillow_turned_upright(mode: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(textured(90, 70).convert(mode), "JPEG", exif=exif, quality=95)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    result = read_jpeg(data, WHOLE, LIMIT)
    assert (result.width, result.height) == expected.size
    assert np.array_equal(result.pixels, np.asarray(expected))


def with_frame(data: bytes, marker: int | None = None, bits: int | None = None) -> bytes:
    at = data.index(b"\xff\xc0")
    copy = bytearray(data)
    copy[at + 1] = marker or copy[at + 1]
    copy[at + 4] = bits or copy[at + 4]
    return bytes(copy)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (with_frame(jpeg(), bits=12), "a JPEG of 12 bits per channel is not supported"),
        (with_frame(jpeg(), marker=0xC3), "a JPEG of the kind lossless is not supported"),
        (with_frame(jpeg(), marker=0xF7), "a JPEG of the kind JPEG-LS is not supported"),
        (with_frame(jpeg(), marker=0xC5), "a JPEG of the kind hierarchical is not supported"),
    ],
)
def test_kinds_that_are_not_read_are_named(data: bytes, reason: str) -> None:
    with pytest.raises(CorruptImageError) as caught:
        read_jpeg(data, WHOLE, LIMIT)
    assert (caught.value.reason, caught.value.reason_class) == (reason, "UnsupportedPicture")


def test_what_libjpeg_says_is_passed_on() -> None:
    data = jpeg()
    at = data.index(b"\xff\xda") + 6  # which tables of codes the first channel has
    with pytest.raises(CorruptImageError) as caught:
        read_jpeg(data[:at] + b"\x33" + data[at + 1 :], WHOLE, LIMIT)
    assert (caught.value.reason, caught.value.reason_class) == (
        "not a readable JPEG: Huffman table 0x03 was not defined",
        "UnreadableHeader",
    )


def test_uncommon_ratios_of_colour_resolutions() -> None:
    """Luminance 3 × 1: simplejpeg has no name for it, Pillow reads it."""
    data = bytearray(encoded(Image.new("RGB", (48, 16), (200, 200, 200)), "JPEG", subsampling=0))
    at = data.index(b"\xff\xc0")
    assert data[at + 11] == 0x11
    data[at + 11] = 0x31
    with pytest.raises(ValueError, match="subsampling"):
        simplejpeg.decode_jpeg(bytes(data))
    assert read_jpeg(bytes(data), WHOLE, LIMIT).pixels.shape == (16, 48, 3)
