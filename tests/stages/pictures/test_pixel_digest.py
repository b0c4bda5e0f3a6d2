import io
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from selection_assets.stages.checking.image_check import check_image
from selection_assets.stages.pictures.pixel_candidates import candidate_groups
from selection_assets.stages.pictures.pixel_digest import pixel_digest
from tests.stages.drawn_pictures import encoded, textured
from tests.stages.pictures.tiff_files import tiff

LIMIT = 10_000_000
NAMES = {"JPEG": "a.jpg", "PNG": "a.png", "PPM": "a.ppm", "BMP": "a.bmp", "TIFF": "a.tif", "WEBP": "a.webp"}


def file(picture: Image.Image, kind: str, **options: Any) -> tuple[bytes, str]:
    return encoded(picture, kind, **options), NAMES[kind]


def digest(data_and_name: tuple[bytes, str]) -> str:
    return pixel_digest(*data_and_name, LIMIT)


def key(data_and_name: tuple[bytes, str]) -> str:
    result = check_image(*data_and_name, 128, LIMIT)
    assert result.pixel_key is not None, result.reason
    return result.pixel_key


def pixels_of(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def deep(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture).astype(np.uint16) * 257 + np.uint16(3)


SIZES = [(90, 70), (700, 500)]  # decoded whole by the check, and reduced


@pytest.mark.parametrize("size", SIZES)
def test_equal_pixels_have_one_digest_whatever_the_file(size: tuple[int, int]) -> None:
    picture = textured(*size, seed=3)
    grey = picture.convert("L")
    opaque = picture.copy()
    opaque.putalpha(255)
    few = picture.quantize(40)
    jpeg = encoded(picture, "JPEG", quality=80)
    cmyk = encoded(picture.convert("CMYK"), "JPEG", quality=80)
    exif = Image.Exif()
    exif[0x0112] = 8
    turned = encoded(picture, "JPEG", exif=exif)
    sixteen = deep(grey)
    families = [
        [
            *(file(picture, kind) for kind in ("PNG", "BMP", "TIFF", "PPM")),
            file(picture, "WEBP", lossless=True),
            file(opaque, "PNG"),
            file(opaque, "TIFF", compression="tiff_lzw"),
            file(picture, "PNG", compress_level=1, exif=Image.Exif()),
        ],
        [file(grey, "PNG"), file(grey, "PPM"), file(grey.convert("RGB"), "PNG"), file(grey.convert("LA"), "PNG")],
        [file(few, "PNG"), file(few, "TIFF"), file(few.convert("RGB"), "BMP")],
        [(jpeg, "b.jpg"), file(pixels_of(jpeg), "PNG"), file(pixels_of(jpeg), "TIFF")],
        [(cmyk, "b.jpg"), file(pixels_of(cmyk).convert("RGB"), "PNG")],
        [(turned, "b.jpg"), file(ImageOps.exif_transpose(pixels_of(turned)), "PNG")],
        [
            file(Image.fromarray(sixteen), "PNG"),
            file(Image.fromarray(sixteen), "TIFF", compression="tiff_adobe_deflate"),
            file(Image.fromarray(sixteen.astype(np.int32)), "PPM"),
            (tiff(np.repeat(sixteen[..., None], 3, axis=2), order=">"), "b.tif"),
            (tiff(65_535 - sixteen[..., None], photometric=0), "b.tif"),
            (tiff(sixteen[..., None], more={42113: (2, [b"7", b"\0"])}), "b.tif"),
        ],
    ]
    digests = [[digest(member) for member in family] for family in families]
    assert [len(set(family)) for family in digests] == [1] * len(families)
    assert len({family[0] for family in digests}) == len(families)
    # What is equal must be among the candidates.
    rows = [(number, member) for number, family in enumerate(families) for member in family]
    groups = candidate_groups([key(member) for _, member in rows])
    group_of = {row: n for n, group in enumerate(groups) for row in group}
    for number in range(len(families)):
        assert len({group_of.get(row) for row, (family, _) in enumerate(rows) if family == number}) == 1


def test_what_differs_has_another_digest() -> None:
    picture = textured(40, 30)
    pixels = np.asarray(picture)
    one_off = pixels.copy()
    one_off[7, 9, 1] ^= 1
    clear, half = picture.copy(), picture.copy()
    clear.putalpha(0)
    half.putalpha(128)
    sixteen = deep(picture.convert("L"))
    colours = deep(picture)
    low_byte = colours.copy()
    low_byte[0, 0, 0] ^= 1
    five = np.concatenate((colours, colours[..., :2]), axis=2)
    other_band = five.copy()
    other_band[3, 3, 4] ^= 1
    hidden = np.asarray(clear).copy()
    hidden[0, 0] = (1, 2, 3, 0)
    files = [
        file(picture, "PNG"),
        file(Image.fromarray(one_off), "PNG"),
        file(picture.transpose(Image.Transpose.ROTATE_180), "PNG"),
        file(Image.fromarray(pixels.reshape(40, 30, 3)), "PNG"),
        file(clear, "PNG"),
        file(half, "PNG"),
        file(Image.fromarray(hidden), "PNG"),
        file(picture.convert("L"), "PNG"),
        (tiff(sixteen[..., None]), "a.tif"),
        (tiff(sixteen[..., None].astype("i4")), "a.tif"),
        (tiff(sixteen[..., None].astype("f4")), "a.tif"),
        (tiff(colours), "a.tif"),
        (tiff(low_byte), "a.tif"),
        (tiff(five, extra=(0, 0)), "a.tif"),
        (tiff(other_band, extra=(0, 0)), "a.tif"),
    ]
    assert len({digest(member) for member in files}) == len(files)


def test_both_bytes_of_deep_colours_count() -> None:
    """PNG and PPM of 16 bits per channel, of which Pillow reads 8."""
    import struct
    import zlib

    def png(values: np.ndarray, colours: int) -> tuple[bytes, str]:
        rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
        height, width = values.shape[:2]
        parts = (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 16, colours, 0, 0, 0)),
            (b"IDAT", zlib.compress(rows)),
            (b"IEND", b""),
        )
        chunks = (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
            for name, body in parts
        )
        return b"\x89PNG\r\n\x1a\n" + b"".join(chunks), "a.png"

    values = np.random.default_rng(0).integers(0, 65_536, (30, 40, 4)).astype(np.uint16)
    rgb = values[..., :3]
    ppm = b"P6\n# a remark\n40 30\n65535\n" + rgb.astype(">u2").tobytes()
    as_tiff = digest((tiff(rgb), "a.tif"))
    assert digest(png(rgb, 2)) == digest((ppm, "a.ppm")) == as_tiff
    assert digest(png(values, 6)) == digest((tiff(values, extra=(2,)), "a.tif"))
    assert digest(png(values[..., :2], 4)) == digest((tiff(values[..., :2], photometric=1, extra=(2,)), "a.tif"))
    low = rgb.copy()
    low[2, 2, 2] ^= 1
    assert digest(png(low, 2)) != as_tiff
    assert digest((tiff(rgb), "a.tif"))[:4] == as_tiff[:4]
    assert len(as_tiff) == 64
