import random
import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from selection_assets.stages.checking import image_check
from selection_assets.stages.checking.image_check import ImageCheck, check_image, reader_version
from tests.stages.drawn_pictures import decoded, encoded, textured

LIMIT = 50_000_000


def check(data: bytes, filename: str, thumbnail_size: int = 64, max_pixels: int = LIMIT) -> ImageCheck:
    return check_image(data, filename, thumbnail_size, max_pixels)


def thumbnail_pixels(result: ImageCheck) -> np.ndarray:
    assert result.healthy, result.reason
    assert result.thumbnail is not None
    pixels = decoded(result.thumbnail)
    assert pixels.shape[:2] == (result.thumbnail_height, result.thumbnail_width)
    return pixels


@pytest.mark.parametrize(
    ("pillow_format", "name"),
    [("JPEG", "a.JPG"), ("PNG", "a.png"), ("PPM", "a.ppm"), ("BMP", "a.bmp"), ("TIFF", "a.tif"), ("WEBP", "a.webp")],
)
def test_healthy_pictures_of_every_format(pillow_format: str, name: str) -> None:
    options = {"quality": 95} if pillow_format in ("JPEG", "WEBP") else {}
    data = encoded(textured(640, 360, seed=1), pillow_format, **options)
    result = check(data, name)
    assert (result.healthy, result.reason, result.reason_class) == (True, None, None)
    assert (result.width, result.height, result.mode, result.channels) == (640, 360, "RGB", 3)
    assert result.size_in_bytes == len(data)
    assert (result.thumbnail_width, result.thumbnail_height) == (114, 64)
    pixels = decoded(data) / 255
    assert result.channel_means == pytest.approx(pixels.mean(axis=(0, 1)), abs=0.01)
    expected = np.asarray(Image.fromarray(decoded(data)).resize((114, 64), Image.Resampling.LANCZOS))
    assert np.abs(thumbnail_pixels(result).astype(int) - expected).mean() < 4


def test_measures_of_one_picture_agree_across_formats_and_thumbnail_sizes() -> None:
    picture = textured(1400, 1100, seed=2)
    png = check(encoded(picture, "PNG"), "a.png")
    jpeg = check(encoded(picture, "JPEG", quality=97), "a.jpg")
    large = check(encoded(picture, "PNG"), "a.png", thumbnail_size=300)
    assert png.sharpness is not None
    assert png.sharpness > 3
    assert jpeg.sharpness == pytest.approx(png.sharpness, rel=0.1)
    assert large.sharpness == pytest.approx(png.sharpness, rel=0.05)
    assert jpeg.snr == pytest.approx(png.snr, rel=0.02)
    assert jpeg.luminance == pytest.approx(png.luminance, rel=0.02)


def test_blur_lowers_sharpness() -> None:
    picture = textured(512, 512)
    blurred = picture.resize((40, 40)).resize((512, 512))
    sharp, soft = check(encoded(picture, "PNG"), "a.png"), check(encoded(blurred, "PNG"), "a.png")
    assert sharp.sharpness is not None
    assert soft.sharpness is not None
    assert soft.sharpness < sharp.sharpness / 2


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "PPM"])
def test_every_cut_is_seen(kind: str) -> None:
    data = encoded(textured(300, 200), kind)
    name = f"a.{kind.lower().replace('jpeg', 'jpg')}"
    assert check(data, name).healthy
    for share in (0.02, 0.3, 0.6, 0.9, 0.99):
        result = check(data[: int(len(data) * share)], name)
        assert not result.healthy, share
        assert result.reason is not None
    assert "trunc" in str(check(data[: len(data) // 2], name).reason) or kind in ("WEBP", "TIFF")
    assert result.thumbnail is None


@pytest.mark.parametrize(("options", "least"), [({}, 24), ({"progressive": True}, 16)])
def test_most_zeroed_blocks_inside_a_jpeg_are_seen(options: dict[str, bool], least: int) -> None:
    data = encoded(textured(800, 600, seed=4), "JPEG", quality=92, **options)
    seen = 0
    rng = random.Random(0)
    for _ in range(30):
        broken = bytearray(data)
        at = rng.randrange(2000, len(data) - 6000)
        broken[at : at + 4096] = bytes(4096)
        result = check(bytes(broken), "a.jpg")
        seen += not result.healthy
        if not result.healthy:
            assert result.reason == "damaged: the compressed data of the JPEG are broken"
    assert seen >= least  # JPEG has no checksums: the rest is valid code for another picture


def test_stray_bytes_that_cameras_leave_are_no_damage() -> None:
    data = encoded(textured(300, 200), "JPEG")
    assert data.endswith(b"\xff\xd9")
    padded = check(data[:-2] + b"\x00\x11\x22" + data[-2:], "a.jpg")
    assert padded.healthy
    assert (padded.width, padded.height) == (300, 200)
    assert check(data + b"appended by some tool", "a.jpg").healthy


@pytest.mark.parametrize(
    ("data", "name", "reason", "reason_class"),
    [
        (b"", "a.jpg", "the file is empty (0 bytes)", "EmptyFile"),
        (bytes(5000), "a.png", "the file holds nothing but zero bytes", "EmptyFile"),
        (encoded(textured(9, 9), "PNG"), "a.jpg", "content is PNG but the name ends in .jpg", "FormatMismatch"),
        (encoded(textured(9, 9), "JPEG"), "a.TIFF", "content is JPEG but the name ends in .tiff", "FormatMismatch"),
        (
            encoded(textured(9, 9), "GIF"),
            "a.png",
            "content is GIF but the name ends in .png; GIF is not supported",
            "FormatMismatch",
        ),
        (b"<html>no</html>", "a.png", "content is HTML or XML but the name ends in .png", "FormatMismatch"),
        (b"hello", "a.png", "content is no picture that can be read", "UnidentifiedImageError"),
        (b"\x89PNG\r\n\x1a\n????", "a.png", "damaged: the header of the PNG cannot be read", "UnreadableHeader"),
        (encoded(textured(9, 9), "PNG"), "a.gif", ".gif is no picture extension", "UnsupportedExtension"),
    ],
)
def test_reasons(data: bytes, name: str, reason: str, reason_class: str) -> None:
    result = check(data, name)
    assert (result.healthy, result.reason, result.reason_class) == (False, reason, reason_class)
    assert result.size_in_bytes == len(data)
    assert not result.transient


def png_header(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = b"IDAT" + zlib.compress(bytes(10_000))
    parts = b"".join(
        struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part))
        for part in (header, rows, b"IEND")
    )
    return b"\x89PNG\r\n\x1a\n" + parts


def test_bombs_are_refused_before_they_are_decoded() -> None:
    result = check(png_header(12_000, 90_000), "a.png", max_pixels=100_000_000)
    assert result.reason_class == "TooManyPixels"
    small = check(png_header(12_000, 9_000), "a.png", max_pixels=100_000_000)
    assert small.reason == "12,000 × 9,000 pixels exceed the limit of 100,000,000 pixels"
    jpeg = check(encoded(textured(200, 100), "JPEG"), "a.jpg", max_pixels=19_999)
    assert jpeg.reason == "200 × 100 pixels exceed the limit of 19,999 pixels"


@pytest.mark.parametrize(
    ("picture", "pillow_format", "expected"),
    [
        (Image.new("CMYK", (40, 40), (0, 255, 255, 0)), "JPEG", (255, 0, 0)),
        (Image.new("CMYK", (40, 40), (0, 255, 255, 0)), "TIFF", (255, 0, 0)),
        (Image.new("RGBA", (40, 40), (10, 200, 30, 0)), "PNG", (10, 200, 30)),
        (Image.new("LA", (40, 40), (77, 128)), "PNG", (166, 166, 166)),  # on white
        (Image.new("1", (40, 40), 1), "PNG", (255, 255, 255)),
        (Image.new("L", (40, 40), 60), "JPEG", (60, 60, 60)),
        (Image.fromarray(np.full((40, 40), 128 * 257, np.uint16)), "PNG", (128, 128, 128)),
        (Image.fromarray(np.full((40, 40), 30 * 257, np.uint16)), "TIFF", (30, 30, 30)),
        (Image.fromarray(np.full((40, 40), 0.5, np.float32)), "TIFF", (128, 128, 128)),
        (Image.fromarray(np.full((40, 40), 90.0, np.float32)), "TIFF", (90, 90, 90)),
        (Image.fromarray(np.full((40, 40), 25_700, np.int32)), "TIFF", (100, 100, 100)),
    ],
)
def test_pixel_layouts_become_sensible_rgb(
    picture: Image.Image, pillow_format: str, expected: tuple[int, int, int]
) -> None:
    name = {"JPEG": "a.jpg", "PNG": "a.png", "TIFF": "a.tif"}[pillow_format]
    pixels = thumbnail_pixels(check(encoded(picture, pillow_format), name))
    assert np.abs(pixels.reshape(-1, 3).mean(axis=0) - expected).max() < 3


def test_wide_floats_are_stretched_and_odd_values_do_no_harm() -> None:
    values = np.linspace(-500, 1500, 64 * 64, dtype=np.float32).reshape(64, 64)
    values[0, 0], values[5, 5] = np.nan, np.inf
    pixels = thumbnail_pixels(check(encoded(Image.fromarray(values), "TIFF"), "a.tif"))
    assert pixels[:4].mean() < 15
    assert pixels[-4:].mean() > 240


def test_palette_with_transparency() -> None:
    picture = Image.new("P", (40, 40), 1)
    picture.putpalette([0, 0, 0, 250, 100, 50])
    result = check(encoded(picture, "PNG", transparency=0), "a.png")
    assert (result.mode, result.channels) == ("P", 1)
    assert np.abs(thumbnail_pixels(result).reshape(-1, 3).mean(axis=0) - (250, 100, 50)).max() < 3


def test_only_the_first_frame_counts() -> None:
    frames = [Image.new("RGB", (30, 30), colour) for colour in ((200, 0, 0), (0, 0, 200))]
    for kind, name in (("TIFF", "a.tif"), ("WEBP", "a.webp"), ("PNG", "a.png"), ("MPO", "a.jpg")):
        data = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
        red, _, blue = thumbnail_pixels(check(data, name)).reshape(-1, 3).mean(axis=0)
        assert red > 180, kind
        assert blue < 20, kind


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (2, 2), (3, 5), (20_000, 1), (9000, 300), (65, 64)])
def test_odd_sizes(size: tuple[int, int]) -> None:
    result = check(encoded(Image.new("RGB", size, (1, 2, 3)), "PNG"), "a.png")
    assert (result.width, result.height) == size
    pixels = thumbnail_pixels(result)
    assert max(pixels.shape) <= 16 * 64
    assert pixels.shape[0] <= size[1]
    assert pixels.shape[1] <= size[0]


def test_a_small_picture_is_not_enlarged() -> None:
    result = check(encoded(textured(50, 40), "JPEG"), "a.jpg", thumbnail_size=64)
    assert (result.thumbnail_width, result.thumbnail_height) == (50, 40)


def test_exif_rotation_is_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    result = check(encoded(textured(200, 100), "JPEG", exif=exif), "a.jpg")
    assert (result.width, result.height, result.thumbnail_width, result.thumbnail_height) == (100, 200, 64, 128)


def test_random_damage_never_raises() -> None:
    rng = random.Random(11)
    files = [(encoded(textured(48, 32), kind), kind.lower()) for kind in ("PNG", "BMP", "TIFF", "WEBP", "PPM")]
    files.append((encoded(textured(48, 32), "JPEG"), "jpg"))
    for data, extension in files:
        for _ in range(60):
            broken = bytearray(data)
            for _ in range(rng.randint(1, 8)):
                broken[rng.randrange(min(len(broken), 400))] = rng.randrange(256)
            result = check(bytes(broken), f"a.{extension}")
            assert result.healthy == (result.reason is None) == (result.thumbnail is not None)
            assert "\n" not in (result.reason or "")


def test_the_version_names_every_setting() -> None:
    assert len({reader_version(64, 10), reader_version(65, 10), reader_version(64, 11)}) == 3


@pytest.mark.parametrize("colour", [(200, 50, 10), (10, 200, 50), (50, 10, 200), (0, 0, 0), (255, 255, 255)])
def test_measures_of_one_colour(colour: tuple[int, int, int]) -> None:
    data = encoded(Image.new("RGB", (300, 200), colour), "PNG")
    result = check_image(data, "a.png", 64, 1_000_000)
    red, green, blue = (value / 255 for value in colour)
    assert result.channel_means == pytest.approx((red, green, blue))
    assert result.channel_stds == pytest.approx((0, 0, 0))
    assert result.luminance == pytest.approx(100 * (0.299 * red + 0.587 * green + 0.114 * blue))
    assert result.sharpness == 0
    assert (result.width, result.height, result.mode, result.channels) == (300, 200, "RGB", 3)
    assert (result.size_in_bytes, result.thumbnail_width, result.thumbnail_height) == (len(data), 96, 64)
    assert result.healthy and result.reason is result.reason_class is None and not result.transient


def test_a_reason_is_never_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decoders assert without a word, and some errors are nothing but a number."""
    data = encoded(textured(40, 30), "PNG")
    for error, words in ((AssertionError(), "AssertionError"), (ValueError(" \n"), "ValueError"), (KeyError(7), "7")):

        def fails(*_: object, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(image_check, "decode_image", fails)
        result = check(data, "a.png")
        assert (result.reason, result.reason_class) == (f"cannot be decoded: {words}", type(error).__name__)


def test_a_width_below_zero() -> None:
    data = bytearray(encoded(textured(96, 40), "BMP"))
    data[18:22] = struct.pack("<i", -96)
    assert check(bytes(data), "a.bmp").reason == "damaged: the header of the BMP says a width below 0"
    data[18:26] = struct.pack("<ii", 96, -40)  # stored from the top: no fault
    assert check(bytes(data), "a.bmp").reason is None


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
def test_exif_that_cannot_be_read_is_no_damage(kind: str) -> None:
    for block in (
        b"Exif\0\0junkjunk",
        b"Exif\0\0",
        b"Exif\0\0MM\0*\0\0\0\x08\xff\xff",
        b"Exif\0\0II*\0\xff\xff\xff\x7f",
    ):
        file = BytesIO()
        textured(96, 40).save(file, kind, exif=b"Exif\0\0" + block)
        assert check(file.getvalue(), f"a.{kind.lower()}").reason is None
