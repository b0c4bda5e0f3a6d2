import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from selection_assets.stages.export.encode_picture import FORMATS, encode_picture
from selection_assets.stages.pictures.native_picture import read_native


def encoded(image: Image.Image, pillow_format: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, pillow_format, **options)  # type: ignore[arg-type]
    return file.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


RGB = Image.fromarray(np.random.default_rng(0).integers(0, 256, (30, 50, 3), dtype=np.uint8))


@pytest.mark.parametrize("image_format", FORMATS)
def test_every_format(image_format: str) -> None:
    source = encoded(RGB, "BMP" if image_format != "bmp" else "PNG")
    result = opened(encode_picture(source, "a.bmp" if image_format != "bmp" else "a.png", image_format, []))
    assert result.format == FORMATS[image_format][0]
    assert result.size == RGB.size
    if image_format in ("png", "bmp", "tif", "tiff", "ppm"):
        assert np.array_equal(np.asarray(result), np.asarray(RGB))


@pytest.mark.parametrize(
    ("size", "expected"), [([15], (25, 15)), ([60], (100, 60)), ([40, 20], (20, 40)), ([], (50, 30))]
)
def test_sizes_are_shortest_edge_or_height_and_width(size: list[int], expected: tuple[int, int]) -> None:
    assert opened(encode_picture(encoded(RGB, "BMP"), "a.bmp", "png", size)).size == expected


def test_fitting_pictures_are_copied_bit_for_bit() -> None:
    jpeg = encoded(RGB, "JPEG", quality=31)
    assert encode_picture(jpeg, "a.jpg", "jpg", []) is jpeg
    assert encode_picture(jpeg, "a.jpg", "jpeg", [30]) is jpeg
    assert encode_picture(jpeg, "a.jpg", "jpg", [30, 50]) is jpeg
    assert encode_picture(jpeg, "a.jpg", "jpg", [29]) != jpeg


def test_transparency_becomes_white_where_the_format_has_none() -> None:
    clear = Image.new("RGBA", (8, 8), (255, 0, 0, 0))
    clear.paste((0, 0, 255, 255), (0, 0, 4, 8))
    palette = clear.quantize()
    for picture in (clear, palette):
        jpeg = opened(encode_picture(encoded(picture, "PNG"), "a.png", "bmp", []))
        assert jpeg.getpixel((7, 0)) == (255, 255, 255)
        assert jpeg.getpixel((0, 0)) == (0, 0, 255)
        assert opened(encode_picture(encoded(picture, "PNG"), "a.png", "webp", [])).mode == "RGBA"


def test_sixteen_bits() -> None:
    values = np.linspace(0, 65535, 64 * 48).astype(np.uint16).reshape(48, 64)
    source = encoded(Image.fromarray(values), "PNG")
    assert np.array_equal(np.asarray(opened(encode_picture(source, "a.png", "tif", []))), values)
    small = np.asarray(opened(encode_picture(source, "a.png", "png", [24])))
    assert small.dtype == np.uint16
    assert np.abs(small.astype(float) - values.reshape(24, 2, 32, 2).mean((1, 3))).max() < 700
    grey = opened(encode_picture(source, "a.png", "bmp", []))
    assert grey.mode == "L" and np.array_equal(np.asarray(grey), values >> 8)


def test_cmyk_becomes_rgb() -> None:
    source = encoded(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG", quality=95)
    red, green, blue = opened(encode_picture(source, "a.jpg", "png", [])).getpixel((3, 3))  # type: ignore[misc]
    assert red > 240 and green < 20 and blue < 20


def test_rotation_in_exif_is_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by 90 degrees
    source = encoded(RGB, "JPEG", exif=exif)
    result = opened(encode_picture(source, "a.jpg", "png", []))
    assert result.size == (30, 50)
    assert result.getexif().get(0x0112, 1) == 1
    assert encode_picture(source, "a.jpg", "jpg", []) is source


@pytest.mark.parametrize("content", [b"", b"text", b"GIF89a" + bytes(60), encoded(RGB, "PNG")[:200]])
def test_broken_pictures_raise_what_pillow_raises(content: bytes) -> None:
    with pytest.raises((OSError, SyntaxError, ValueError)):
        encode_picture(content, "a.png", "jpg", [])


@pytest.mark.parametrize("image_format", ["png", "jpg", "bmp", "webp", "ppm"])
def test_real_numbers_are_dumped_as_they_are_checked(image_format: str) -> None:
    y, x = np.mgrid[0:60, 0:80]
    waves = 0.5 + 0.4 * np.sin(x / 9) * np.cos(y / 7)
    for values in (waves, waves * 3000 - 700):
        source = encoded(Image.fromarray(values.astype(np.float32)), "TIFF")
        result = np.asarray(opened(encode_picture(source, "a.tif", image_format, [])).convert("L"), float)
        expected = np.asarray(read_native(source, "tiff", ".tif", 10_000).rgb().convert("L"), float)
        assert expected.std() > 40
        assert np.abs(result - expected).max() < 12
    assert encode_picture(source, "a.tif", "tif", []) is source
    smaller = np.asarray(opened(encode_picture(source, "a.tif", "tif", [30])), float)
    assert smaller.shape == (30, 40)
    assert np.abs(smaller - expected.reshape(30, 2, 40, 2).mean((1, 3))).max() < 10


def test_a_light_drawing_in_alpha_is_dumped_on_black() -> None:
    white = Image.new("RGBA", (8, 8), (255, 255, 255, 0))
    white.paste((255, 255, 255, 255), (0, 0, 4, 8))
    result = opened(encode_picture(encoded(white, "PNG"), "a.png", "jpg", []))
    assert min(result.getpixel((0, 0))) > 250  # type: ignore[type-var, arg-type]
    assert max(result.getpixel((7, 0))) < 5  # type: ignore[type-var, arg-type]


def test_a_colour_profile_stays_with_its_colours() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for picture in (RGB, RGB.convert("RGBA")):
        source = encoded(picture, "PNG", icc_profile=profile)
        for image_format in ("png", "jpg", "tif", "webp"):
            result = encode_picture(source, "a.png", image_format, [15])
            assert opened(result).info.get("icc_profile") == profile
    monstrous = encoded(RGB, "PNG", icc_profile=bytes(1 << 27))  # more than Pillow unpacks: the picture is whole
    assert "icc_profile" not in opened(encode_picture(monstrous, "a.png", "bmp", [])).info
    grey = encoded(RGB.convert("L"), "PNG", icc_profile=profile)
    assert "icc_profile" not in opened(encode_picture(grey, "a.png", "jpg", [])).info
    assert "icc_profile" not in opened(encode_picture(encoded(RGB, "PNG"), "a.png", "jpg", [])).info


@pytest.mark.parametrize(("size", "expected"), [((400, 2), (200, 1)), ((2, 400), (1, 200)), ((3, 3), (1, 1))])
def test_a_shortest_edge_of_one_pixel(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert opened(encode_picture(encoded(RGB.resize(size), "BMP"), "a.bmp", "png", [1])).size == expected


def test_every_kind_of_alpha_is_kept_where_the_format_can() -> None:
    clear = Image.new("RGBA", (8, 8), (255, 0, 0, 100))
    for image_format, mode in (
        ("png", "RGBA"),
        ("tif", "RGBA"),
        ("webp", "RGBA"),
        ("bmp", "RGB"),
        ("jpg", "RGB"),
        ("ppm", "RGB"),
    ):
        assert opened(encode_picture(encoded(clear, "PNG"), "a.png", image_format, [4])).mode == mode
    assert opened(encode_picture(encoded(clear.convert("LA"), "PNG"), "a.png", "webp", [])).mode == "RGBA"
