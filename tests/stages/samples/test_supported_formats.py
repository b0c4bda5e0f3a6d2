import io

import pytest
from PIL import Image

from selection_assets.stages.samples.supported_formats import (
    IMAGE_EXTENSIONS,
    MAGIC_BYTES,
    OTHER_PICTURE_EXTENSIONS,
    VIDEO_EXTENSIONS,
    extension_of,
    has_extension,
    kind_of,
    looks_like_picture,
)


def test_the_extensions_are_the_documented_ones() -> None:
    assert sorted(IMAGE_EXTENSIONS) == sorted(
        [".jpg", ".jpeg", ".jfif", ".jpe", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp"]
    )


def test_every_extension_has_one_meaning() -> None:
    assert not OTHER_PICTURE_EXTENSIONS & {*IMAGE_EXTENSIONS, *VIDEO_EXTENSIONS}
    assert {".gif", ".heic", ".avif", ".dng", ".cr2", ".nef", ".arw", ".jxl"} <= OTHER_PICTURE_EXTENSIONS
    assert not OTHER_PICTURE_EXTENSIONS & {".txt", ".json", ".xml", ".csv", ".md", ".npy", ".zip"}
    assert all(extension == extension.lower() and extension[0] == "." for extension in OTHER_PICTURE_EXTENSIONS)


def test_extension_ignores_case_and_folders() -> None:
    assert extension_of("a.b/C.JPG") == ".jpg"
    assert extension_of("a.jpg/b") == ""
    assert extension_of(".jpg") == ""
    assert kind_of("x/Y.TIF") == "tiff"
    assert kind_of("x.JFIF") == kind_of("x.jpe") == "jpeg"
    assert kind_of("clip.mp4") is None


def test_names_that_do_not_say_what_they_are() -> None:
    assert [has_extension(name) for name in ("a.png", "a.b/c.x1", "a", "a.", "1.2.840", "a.b/c")] == [
        True, True, False, False, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM", "JPEG2000", "AVIF"])
def test_the_beginning_of_a_picture(name: str) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (9, 9), "red").save(buffer, name)
    assert looks_like_picture(buffer.getvalue()[:MAGIC_BYTES])


@pytest.mark.parametrize("head", [b"", b"BM", b"BMW is a car", b"P", b"P6", b"Python", b"%PDF-1.7", b"RIFF....WAVE"])
def test_the_beginning_of_something_else(head: bytes) -> None:
    assert not looks_like_picture(head)
