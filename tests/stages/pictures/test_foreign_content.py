import pytest
from PIL import Image

from selection_assets.stages.checking.image_check import check_image
from selection_assets.stages.pictures.foreign_content import foreign_content, own_content, unknown_content
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


RAW = "a raw picture of a camera"
PICTURES = {
    "GIF": [b"GIF87a", b"GIF89a"],
    "JPEG 2000": [b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51"],
    "JPEG XL": [b"\0\0\0\x0cJXL ", b"\xff\x0a", b"\0\0\0\x20ftypjxl "],
    "JPEG XR": [b"II\xbc"],
    "Photoshop": [b"8BPS"],
    "OpenEXR": [b"v/1\x01"],
    "Radiance HDR": [b"#?RADIANCE", b"#?RGBE"],
    "DPX": [b"SDPX", b"XPDS"],
    "QOI": [b"qoif"],
    "DirectDraw": [b"DDS "],
    "ICNS": [b"icns"],
    "ICO": [b"\0\0\1\0"],
    "MNG": [b"\x8aMNG"],
    "JNG": [b"\x8bJNG"],
    "FITS": [b"SIMPLE  ="],
    "HDF5": [b"\x89HDF\r\n\x1a\n"],
    "NumPy": [b"\x93NUMPY"],
    "PDF": [b"%PDF"],
    "PostScript": [b"%!PS"],
    "GIMP": [b"gimp xcf"],
    RAW: [b"IIRO", b"IIU\0", b"FUJIFILMCCD-RAW", b"\0\0\0\x20ftypcrx "],
    "Matroska or WebM video": [b"\x1aE\xdf\xa3"],
    "AVI video": [b"RIFF\1\2\3\4AVI LIST"],
    "DICOM": [bytes(128) + b"DICM"],
    "AVIF": [b"\0\0\0\x20ftypavif", b"\0\0\0\x20ftypavis"],
    "HEIC": [b"\0\0\0\x20ftyp" + b for b in (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs")],
    "HEIF": [b"\0\0\0\x20ftypmif1", b"\0\0\0\x20ftypmsf1"],
    "QuickTime video": [b"\0\0\0\x20ftypqt  "],
    "MP4 video": [b"\0\0\0\x20ftypisom", b"\0\0\0\x20ftyp????"],
    "SVG": [b"<svg ", b"\xef\xbb\xbf <?xml?><SVG>", b"\n<svg\n"],
    "PAM or PFM": [b"P7\n", b"PF\n", b"Pf\n", b"PF#"],
}
OTHERS = {
    "ZIP": b"PK\x03\x04",
    "gzip": b"\x1f\x8b",
    "bzip2": b"BZh",
    "xz": b"\xfd7zXZ\x00",
    "7-Zip": b"7z\xbc\xaf\x27\x1c",
    "a Git LFS pointer": b"version https://git-lfs.github.com/spec/v1\n",
    "JSON": b'\n {"message": "not found"}',
    "HTML or XML": b"\xef\xbb\xbf\n<html>",
}


@pytest.mark.parametrize(("name", "start"), [(name, start) for name, starts in PICTURES.items() for start in starts])
def test_every_beginning_of_a_picture_that_is_not_read(name: str, start: bytes) -> None:
    assert foreign_content(start + bytes(4)) == (name, True)


@pytest.mark.parametrize(("name", "start"), OTHERS.items())
def test_every_beginning_of_something_else(name: str, start: bytes) -> None:
    assert foreign_content(start) == (name, False)
    assert str(unknown_content(start, ".png").reason) == f"content is {name} but the name ends in .png"


def test_a_brand_may_stand_behind_the_first_one() -> None:
    assert foreign_content(b"\0\0\0\x20ftypisom\0\0\0\0mp41avif") == ("AVIF", True)
    assert foreign_content(b"\0\0\0\x40ftypisom" + bytes(48) + b"avif") == ("AVIF", True)  # bytes 60 to 63
    assert foreign_content(b"\0\0\0\x44ftypisom" + bytes(52) + b"avif") == ("MP4 video", True)  # behind them


def test_an_svg_may_begin_late_but_not_anywhere() -> None:
    assert foreign_content(b"<" + b"x" * 1990 + b"<svg>") == ("SVG", True)
    assert foreign_content(b"<" + b"x" * 2000 + b"<svg>") == ("HTML or XML", False)
    assert foreign_content(b"<svgx>") == ("HTML or XML", False)


@pytest.mark.parametrize("size", range(200))
def test_a_bitmap_is_told_by_the_size_of_its_header(size: int) -> None:
    data = b"BM" + bytes(12) + size.to_bytes(4, "little")
    assert own_content(data) == ("BMP" if size in (12, 16, 40, 52, 56, 64, 108, 124) else None)


@pytest.mark.parametrize(
    ("start", "name"),
    [(b"\x89PNG\r\n\x1a\n", "PNG"), (b"II*\0", "TIFF"), (b"MM\0*", "TIFF"), (b"II+\0", "TIFF"), (b"MM\0+", "TIFF"),
     (b"\xff\xd8", "JPEG"), (b"RIFF\1\2\3\4WEBP", "WebP"), *((b"P%d\n" % n, "PPM") for n in range(1, 7))],
)  # fmt: skip
def test_every_beginning_of_a_format_that_is_read(start: bytes, name: str) -> None:
    assert own_content(start) == name
    error = unknown_content(start, ".png")
    assert (error.reason, error.reason_class) == (
        f"damaged: the header of the {name} cannot be read",
        "UnreadableHeader",
    )


@pytest.mark.parametrize(
    ("data", "reason", "reason_class"),
    [
        (b"", "the file is empty (0 bytes)", "EmptyFile"),
        (bytes(9), "the file holds nothing but zero bytes", "EmptyFile"),
        (bytes(9) + b"x", "content is no picture that can be read", "UnidentifiedImageError"),
        (b"P8\n", "content is no picture that can be read", "UnidentifiedImageError"),
        (b"RIFF\1\2\3\4WAVE", "content is no picture that can be read", "UnidentifiedImageError"),
    ],
)
def test_content_that_nobody_knows(data: bytes, reason: str, reason_class: str) -> None:
    error = unknown_content(data, ".png")
    assert (error.reason, error.reason_class) == (reason, reason_class)
