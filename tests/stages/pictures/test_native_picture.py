import numpy as np
import pytest
from PIL import Image

from selection_assets.stages.pictures.corrupt_image import CorruptImageError
from selection_assets.stages.pictures.native_picture import read_native, upright_size
from tests.stages.drawn_pictures import encoded, textured
from tests.stages.pictures.tiff_files import tiff

LIMIT = 1_000_000
Y, X = np.mgrid[0:30, 0:40]
STROKES = np.where(X % 8 < 3, 255, 0).astype(np.uint8)


def shown(data: bytes, kind: str) -> np.ndarray:
    return np.asarray(read_native(data, kind, f".{kind}", LIMIT).rgb())


def strokes(ink: int, hidden: int) -> Image.Image:
    picture = Image.fromarray(np.where(STROKES > 0, ink, hidden).astype(np.uint8))
    picture.putalpha(Image.fromarray(STROKES))
    return picture


@pytest.mark.parametrize(("ink", "ground"), [(0, 255), (255, 0)])
def test_strokes_held_in_transparency_are_seen_in_every_kind_of_file(ink: int, ground: int) -> None:
    """All colours are equal: whatever drops the alpha sees nothing at all."""
    picture = strokes(ink, ink)
    palette = Image.fromarray((STROKES > 0).astype(np.uint8), "P")
    palette.putpalette([ink] * 6)
    deep = np.stack([np.full(X.shape, ink * 257), STROKES.astype(int) * 257], axis=-1).astype(np.uint16)
    deep_rgb = np.concatenate([deep[..., :1]] * 3 + [deep[..., 1:]], axis=2)
    files = [
        (encoded(picture, "PNG"), "png"),
        (encoded(picture.convert("RGBA"), "PNG"), "png"),
        (encoded(picture.convert("RGBA"), "TIFF"), "tiff"),
        (encoded(picture.convert("RGBA"), "WEBP", lossless=True, exact=True), "webp"),
        (encoded(palette, "PNG", transparency=b"\x00\xff"), "png"),
        (encoded(palette, "PNG", transparency=0), "png"),
        (tiff(deep, photometric=1, extra=(2,)), "tiff"),
        (tiff(deep_rgb, extra=(2,)), "tiff"),
        (tiff((deep / 65_535).astype("f4"), photometric=1, extra=(2,)), "tiff"),
    ]
    expected = np.where(STROKES > 0, ink, ground)
    for data, kind in files:
        assert np.array_equal(shown(data, kind), np.stack([expected] * 3, axis=-1)), (kind, len(data))


def test_a_transparent_grey_of_sixteen_bits() -> None:
    values = np.where(STROKES > 0, 40_000, 1000).astype(np.uint16)
    data = encoded(Image.fromarray(values), "PNG", transparency=1000)
    assert np.array_equal(shown(data, "png")[..., 0], np.where(STROKES > 0, 40_000 >> 8, 255))


def test_multiplied_alpha_is_divided_out() -> None:
    colours = np.full((30, 40, 3), 30_000)
    alpha = np.where(STROKES > 0, 65_535, 20_000)[..., None]
    pixels = np.concatenate((colours * alpha // 65_535, alpha), axis=2).astype(np.uint16)
    native = read_native(tiff(pixels, extra=(1,)), "tiff", ".tif", LIMIT)
    assert np.abs(np.asarray(native.pixels)[..., :3].astype(int) - 30_000).max() <= 2


def test_where_white_is_zero_the_transparency_is_not() -> None:
    alpha = np.where(STROKES > 0, 65_535, 0)
    pixels = np.stack([np.full((30, 40), 25_535), alpha], axis=2).astype(np.uint16)
    native = read_native(tiff(pixels, photometric=0, extra=(2,)), "tiff", ".tif", LIMIT)
    assert np.array_equal(np.asarray(native.pixels), np.stack([np.full((30, 40), 40_000), alpha], axis=2))


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "tiff"])
def test_the_size_is_that_of_the_upright_picture(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(textured(50, 20), kind.upper(), exif=exif)
    expected = (20, 50) if orientation >= 5 else (50, 20)
    native = read_native(data, kind, f".{kind}", LIMIT)
    assert (native.width, native.height) == native.rgb().size == expected
    assert upright_size(data, kind, f".{kind}", LIMIT) == expected


def test_what_is_refused() -> None:
    for data, kind, reason_class in (
        (b"", "png", "EmptyFile"),
        (encoded(textured(9, 9), "PNG"), "jpeg", "FormatMismatch"),
        (encoded(textured(1001, 1000), "PNG"), "png", "TooManyPixels"),
        (tiff(np.zeros((1001, 1000, 1), "u2")), "tiff", "TooManyPixels"),
        (encoded(textured(90, 90), "PNG")[:-30], "png", "Truncated"),
    ):
        with pytest.raises(CorruptImageError) as caught:
            read_native(data, kind, f".{kind}", LIMIT)
        assert caught.value.reason_class == reason_class
