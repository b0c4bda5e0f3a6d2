import pytest
from PIL import Image

from selection_assets.stages.checking.image_check import check_image
from selection_assets.stages.pictures.foreign_content import own_content
from tests.stages.drawn_pictures import encoded, textured

PICTURE = textured(40, 30)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (encoded(PICTURE, "AVIF"), "AVIF"),
        (encoded(PICTURE, "JPEG2000"), "JPEG 2000"),
        (b"\x00\x00\x00\x20ftypheic\x00\x00\x00\x00mif1heic" + bytes(50), "HEIC"),
        (b"\x00\x00\x00\x20ftypmif1\x00\x00\x00\x00mif1avif" + bytes(50), "HEIF"),
        (b"\x00\x00\x00\x0cJXL \r\n\x87\n" + bytes(50), "JPEG XL"),
        (b"\xff\x0a" + bytes(50), "JPEG XL"),
        (encoded(PICTURE, "GIF"), "GIF"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"></svg>', "SVG"),
        (b"8BPS\x00\x01" + bytes(50), "Photoshop"),
        (b"v/1\x01" + bytes(50), "OpenEXR"),
        (bytes(128) + b"DICM" + bytes(9), "DICOM"),
        (b"RIFF\x10\x00\x00\x00AVI LIST", "AVI video"),
        (b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp41" + bytes(50), "MP4 video"),
        (b"P7\nWIDTH 1\n", "PAM or PFM"),
        (encoded(Image.new("RGBA", (16, 16)), "ICO"), "ICO"),
    ],
)
@pytest.mark.parametrize("extension", [".jpg", ".png"])
def test_pictures_of_other_formats_are_named_and_not_called_damaged(data: bytes, name: str, extension: str) -> None:
    result = check_image(data, f"a{extension}", 64, 10_000)
    assert result.reason == f"content is {name} but the name ends in {extension}; {name} is not supported"
    assert result.reason_class == "FormatMismatch"


@pytest.mark.parametrize(
    ("kind", "name"),
    [("JPEG", "JPEG"), ("PNG", "PNG"), ("PPM", "PPM"), ("BMP", "BMP"), ("TIFF", "TIFF"), ("WEBP", "WebP")],
)
def test_formats_that_are_read(kind: str, name: str) -> None:
    assert own_content(encoded(PICTURE, kind)) == name
    assert own_content(encoded(PICTURE.convert("L"), kind)) == name
    assert own_content(b"BM, a text about cars; P5 is another") is None
