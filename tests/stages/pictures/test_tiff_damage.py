"""Damage that libtiff passes over, in layouts that Pillow reads; `test_tiff_pixels` has those that are read here."""

import struct
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from selection_assets.stages.checking.image_check import check_image
from selection_assets.stages.pictures.tiff_header import read_tiff_header
from tests.stages.drawn_pictures import textured

PICTURE = textured(320, 240)


def tiff(picture: Image.Image = PICTURE, **options: Any) -> bytes:
    file = BytesIO()
    picture.save(file, "TIFF", **options)
    return file.getvalue()


def reason(data: bytes) -> str | None:
    return check_image(data, "a.tif", 64, 10**7).reason


def changed(data: bytes, at: int, by: bytes) -> bytes:
    return data[:at] + by + data[at + len(by) :]


def with_field(data: bytes, tag: int, value: int, kind: int = 4) -> bytes:
    """One number of the directory replaced; little-endian."""
    (at,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, at)
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        if struct.unpack_from("<H", data, entry)[0] == tag:
            return changed(data, entry, struct.pack("<HHII", tag, kind, 1, value))
    raise LookupError(tag)


def with_new_field(data: bytes, tag: int, value: int) -> bytes:
    """The directory copied to the end, with one number more."""
    (at,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, at)
    entries = [data[start : start + 12] for start in range(at + 2, at + 2 + 12 * count, 12)]
    entries = sorted(
        [*entries, struct.pack("<HHII", tag, 4, 1, value)], key=lambda entry: struct.unpack("<H", entry[:2])
    )
    directory = struct.pack("<H", count + 1) + b"".join(entries) + bytes(4)
    return changed(data + bytes(len(data) % 2), 4, struct.pack("<I", len(data) + len(data) % 2)) + directory


@pytest.mark.parametrize("mode", ["1", "P", "L", "RGB", "RGBA", "CMYK"])
@pytest.mark.parametrize("compression", ["raw", "tiff_adobe_deflate", "tiff_lzw", "packbits", "jpeg"])
def test_whole_files_are_healthy_and_missing_strips_are_told(mode: str, compression: str) -> None:
    if compression == "jpeg" and mode in ("1", "P", "RGBA"):
        pytest.skip("no such TIFF")
    data = tiff(PICTURE.convert(mode), compression=compression)
    assert reason(data) is None
    assert reason(with_field(data, 257, 900)) in (
        "truncated: strips of the TIFF are missing",
        "damaged: the TIFF decoder stopped (decoder error -2)",
    )


def test_a_strip_of_96_rows_is_no_picture_of_500() -> None:
    data = with_field(tiff(textured(64, 96), compression="raw"), 278, 96)
    assert reason(data) is None
    assert reason(with_field(data, 257, 500)) == "truncated: strips of the TIFF are missing"


@pytest.mark.parametrize("mode", ["P", "L", "RGB", "RGBA", "CMYK"])
@pytest.mark.parametrize("part", [0, 1, -1])
def test_zeroed_deflate_data(mode: str, part: int) -> None:
    data = tiff(PICTURE.convert(mode), compression="tiff_adobe_deflate")
    header = read_tiff_header(data)
    at = header.offsets[part] + header.byte_counts[part] // 2
    assert reason(changed(data, at, bytes(20))) == "damaged: the compressed data of the TIFF are broken"


@pytest.mark.parametrize("part", [0, 1, -1])
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_zeroed_jpeg_data(mode: str, part: int) -> None:
    """JPEGs without tables of their own, as libtiff writes them."""
    data = tiff(PICTURE.convert(mode), compression="jpeg")
    header = read_tiff_header(data)
    assert header.jpeg_tables[:2] == b"\xff\xd8"
    at = header.offsets[part] + header.byte_counts[part] // 2
    broken = changed(data, at, bytes(min(200, header.byte_counts[part] // 2 - 4)))
    assert reason(broken) in (
        "damaged: the compressed data of the JPEG are broken",
        "truncated: the end of the JPEG is missing",
    )


@pytest.mark.parametrize("kind", [2, 5, 12, 13, 16])
@pytest.mark.parametrize("value", [0, 7, 99])
def test_an_odd_orientation_is_no_damage(kind: int, value: int) -> None:
    data = with_field(tiff(PICTURE, compression="raw", exif=_turned()), 274, value, kind)
    found = check_image(data, "a.tif", 64, 10**7)
    assert (found.reason, {found.width, found.height}) == (None, {320, 240})


def _turned() -> Image.Exif:
    exif = Image.Exif()
    exif[274] = 3
    return exif


@pytest.mark.parametrize("tag", [34665, 34853])
def test_other_broken_metadata_are_no_damage(tag: int) -> None:
    """Exif and GPS directories that lead nowhere."""
    data = tiff(PICTURE, compression="raw")
    for value in (0, 1, 8, len(data) - 1, len(data) + 1_000, (1 << 32) - 1):
        assert reason(with_new_field(data, tag, value)) is None


def test_pixels_are_those_of_pillow() -> None:
    data = tiff(PICTURE, compression="tiff_adobe_deflate")
    assert check_image(data, "a.tif", 320, 10**7).width == 320
    with Image.open(BytesIO(data)) as image:
        assert np.array_equal(np.asarray(image), np.asarray(PICTURE))
