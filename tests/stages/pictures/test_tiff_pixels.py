import itertools
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from selection_assets.stages.checking.image_check import check_image
from selection_assets.stages.pictures.corrupt_image import CorruptImageError
from selection_assets.stages.pictures.native_picture import read_native
from selection_assets.stages.pictures.tiff_header import read_tiff_header
from selection_assets.stages.pictures.tiff_pixels import _as_bytes_picture, is_read_here, tiff_pixels
from tests.stages.drawn_pictures import encoded, textured
from tests.stages.pictures.tiff_files import tiff

LIMIT = 10_000_000
RANDOM = np.random.default_rng(0)


def values(dtype: str, channels: int, height: int = 50, width: int = 70) -> np.ndarray:
    return (RANDOM.random((height, width, channels)) * 120).astype(dtype)


def read(data: bytes) -> np.ndarray:
    return tiff_pixels(data, read_tiff_header(data))


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "f2", "u4", "i4", "f4", "u8", "i8", "f8"])
@pytest.mark.parametrize("channels", [1, 2, 3, 5])
def test_every_kind_of_number(dtype: str, channels: int) -> None:
    pixels = values(dtype, channels)
    for order, big in itertools.product("<>", (False, True)):
        result = read(tiff(pixels, order=order, big=big))
        assert result.dtype == pixels.dtype
        assert np.array_equal(result, pixels)


@pytest.mark.parametrize("deflate", [False, True])
@pytest.mark.parametrize("planar", [False, True])
@pytest.mark.parametrize(("tile", "rows"), [(None, None), (None, 7), (None, 1), (16, None), (64, None)])
def test_every_way_to_lay_them_down(deflate: bool, planar: bool, tile: int | None, rows: int | None) -> None:
    for dtype, big, order in (("u2", False, "<"), ("f8", True, ">")):
        pixels = values(dtype, 3)
        data = tiff(pixels, planar=planar, tile=tile, rows_per_strip=rows, deflate=deflate, order=order, big=big)
        assert np.array_equal(read(data), pixels)


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits", "zstd", "lzma"])
@pytest.mark.parametrize("predictor", [1, 2, 3])
def test_compressions_and_predictors_of_libtiff(compression: str, predictor: int) -> None:
    dtype = np.float32 if predictor == 3 else np.uint16
    pixels = np.cumsum(values("u2", 1)[..., 0], axis=1).astype(dtype)
    data = encoded(Image.fromarray(pixels), "TIFF", compression=compression, tiffinfo={317: predictor})
    assert np.array_equal(read(data)[..., 0], pixels)


def test_twelve_bits() -> None:
    pixels = RANDOM.integers(0, 4096, (9, 7, 1)).astype(np.uint16)
    rows = [np.packbits([int(bit) for value in row.ravel() for bit in f"{value:012b}"]).tobytes() for row in pixels]
    width = len(rows[0])
    data = tiff(np.frombuffer(b"".join(rows), np.uint8).reshape(9, width, 1), more={256: (4, [7]), 258: (3, [12])})
    assert np.array_equal(read(data), pixels)


WAVES = 0.5 + 0.4 * np.sin(np.arange(80)[None, :, None] / 9) * np.cos(np.arange(60)[:, None, None] / 7)


@pytest.mark.parametrize(
    "data",
    [
        tiff(WAVES.astype("f8")),
        tiff(WAVES.astype("f2")),
        tiff(np.repeat(WAVES, 3, axis=2).astype("f4")),
        tiff(np.repeat(WAVES * 65_535, 3, axis=2).astype("u2"), planar=True),
        tiff(np.repeat(WAVES * 65_535, 5, axis=2).astype("u2"), extra=(0, 0)),
        tiff(np.repeat(WAVES * 65_535, 7, axis=2).astype("u2"), photometric=1, extra=(0,) * 6, tile=16),
        tiff((65_535 - WAVES * 65_535).astype("u2"), photometric=0),
        tiff((255 - WAVES * 255).astype("u1"), photometric=0),
        tiff((WAVES * 4_294_967_295).astype("u4"), big=True, order=">"),
        tiff(np.repeat(WAVES * 255, 3, axis=2).astype("u1"), planar=True),
        tiff(np.repeat(WAVES * 255, 3, axis=2).astype("u1"), tile=32, big=True),
    ],
)
def test_layouts_look_as_they_should(data: bytes) -> None:
    result = check_image(data, "a.tif", 64, LIMIT)
    assert result.healthy, result.reason
    shown = np.asarray(read_native(data, "tiff", ".tif", LIMIT).rgb(), np.float64)
    assert np.abs(shown - WAVES * 255).max() < 1.6


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (tiff(np.zeros((8, 8, 2), "f4"), more={258: (3, [64] * 2), 339: (3, [6] * 2)}), "2 channels of 64-bit complex"),
        (tiff(np.zeros((8, 8, 1), "u1"), photometric=32_803), "as a colour filter array, uncompressed"),
        (tiff(np.zeros((8, 8, 1), "u1"), more={259: (3, [34_887])}), "LERC compressed"),
        (tiff(np.zeros((8, 8, 3), "u2"), photometric=32_845), "as LogLuv"),
    ],
)
def test_whole_files_that_are_not_read_are_not_called_damaged(data: bytes, what: str) -> None:
    result = check_image(data, "a.tif", 64, LIMIT)
    assert result.reason is not None
    assert result.reason.startswith("a TIFF with ") and result.reason.endswith(" is not supported")
    assert what in result.reason
    assert result.reason_class == "UnsupportedPicture"


@pytest.mark.parametrize("deflate", [False, True])
@pytest.mark.parametrize("dtype", ["u1", "u2", "f8"])
def test_cut_files_are_truncated(dtype: str, deflate: bool) -> None:
    data = tiff(values(dtype, 3), deflate=deflate, rows_per_strip=10)
    for missing in (1, 100, 2000):
        result = check_image(data[:-missing], "a.tif", 64, LIMIT)
        assert (result.reason, result.reason_class) == (f"truncated: {missing:,} bytes missing", "Truncated")


def test_damage_inside_is_damage() -> None:
    data = bytearray(tiff(values("u2", 3), deflate=True, rows_per_strip=10))
    data[-200:-100] = bytes(100)
    result = check_image(bytes(data), "a.tif", 64, LIMIT)
    assert (result.reason, result.reason_class) == (
        "damaged: the compressed data of the TIFF are broken",
        "DamagedData",
    )
    header = check_image(bytes(data[:6]) + b"\xff" * 30, "a.tif", 64, LIMIT)
    assert header.reason == "damaged: the header of the TIFF cannot be read"


def test_hostile_headers_cost_nothing() -> None:
    tiles = check_image(
        tiff(values("u2", 1), more={322: (4, [60_000]), 323: (4, [60_000]), 324: (4, [8])}), "a.tif", 64, LIMIT
    )
    assert tiles.reason_class == "UnsupportedPicture"
    wide = check_image(tiff(values("u2", 1), more={256: (4, [1 << 20]), 257: (4, [1 << 20])}), "a.tif", 64, LIMIT)
    assert wide.reason_class == "TooManyPixels"
    many = check_image(tiff(values("u2", 1), more={277: (3, [60_000])}), "a.tif", 64, LIMIT)
    assert many.reason_class == "UnreadableHeader"


def test_orientation_once() -> None:
    pixels = values("f4", 1)
    data = tiff(pixels, more={274: (3, [6])})
    assert np.array_equal(np.asarray(read_native(data, "tiff", ".tif", LIMIT).pixels), np.rot90(pixels, -1))
    picture = textured(40, 20)
    eight = encoded(picture, "TIFF", tiffinfo={274: 6})
    assert np.array_equal(
        np.asarray(read_native(eight, "tiff", ".tif", LIMIT).rgb()), np.rot90(np.asarray(picture), -1)
    )


def test_no_data_of_gdal_is_black() -> None:
    pixels = (WAVES * 400).astype("f4")
    pixels[:20] = 33.0
    data = tiff(pixels, more={42113: (2, [b"3", b"3", b"\0"])})
    shown = np.asarray(read_native(data, "tiff", ".tif", LIMIT).rgb())
    assert (shown[:20] == 0).all()
    assert shown[20:].min() == 32


def test_the_picture_that_libtiff_unpacks_names_every_strip() -> None:
    pixels = np.arange(64, dtype=np.uint16).reshape(16, 4)
    image = Image.fromarray(pixels)
    data = encoded(image, "TIFF", compression="tiff_lzw", tiffinfo={278: 4})
    header = read_tiff_header(data)
    with Image.open(BytesIO(data)) as written:
        offsets, counts = written.tag_v2[273], written.tag_v2[279]
    assert len(offsets) == 4
    with Image.open(BytesIO(_as_bytes_picture(data, header, offsets, counts, 8, 4, 16))) as file:
        assert (file.tag_v2[273], file.tag_v2[279], file.tag_v2[278]) == (offsets, counts, 4)
        plain = {256: 8, 257: 16, 258: (8,), 259: 5, 262: 1, 277: 1}
        assert {tag: file.tag_v2.get(tag) for tag in plain} == plain and set(file.tag_v2) == {*plain, 273, 278, 279}


def test_predictors_that_are_read_here() -> None:
    header = read_tiff_header(tiff(values("u2", 1)))
    assert [number for number in range(6) if is_read_here(replace(header, predictor=number))] == [1, 2, 3]


def test_packed_whole_numbers_are_read_here_where_they_have_no_sign_and_no_predictor() -> None:
    header = replace(read_tiff_header(tiff(values("u2", 1))), bits=(12,))
    read_here = {
        (kind, predictor): is_read_here(replace(header, sample_formats=(kind,), predictor=predictor))
        for kind in (1, 2, 3, 4)
        for predictor in (1, 2)
    }
    assert {each for each, is_so in read_here.items() if is_so} == {(1, 1), (4, 1)}


def test_compressed_data_that_libtiff_cannot_unpack() -> None:
    image = Image.fromarray(values("u2", 1)[..., 0])
    data = bytearray(encoded(image, "TIFF", compression="tiff_lzw"))
    header = read_tiff_header(bytes(data))
    with Image.open(BytesIO(data)) as written:
        (start,), (size,) = written.tag_v2[273], written.tag_v2[279]
    data[start : start + size] = b"\xff" * size  # codes that stand for nothing
    with pytest.raises(CorruptImageError, match=r"^damaged: the TIFF decoder stopped "):
        tiff_pixels(bytes(data), header)
