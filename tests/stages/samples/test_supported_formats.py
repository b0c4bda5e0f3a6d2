import io

import pytest
from PIL import Image

from configs.filenames.extensions import IMAGE_EXTENSIONS, VIDEO_EXTENSIONS, extension_of
from selection_assets.stages.samples.supported_formats import (
    MAGIC_BYTES,
    OTHER_PICTURE_EXTENSIONS,
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


HEADS = [
    b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+",
    b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51", b"\xff\x0a", b"8BPS", b"v/1\x01", b"RIFF\1\2\3\4WEBP",
    *(b"\0\0\0\x20ftyp" + brand for brand in (b"heic", b"heix", b"mif1", b"avif", b"avis", b"msf1")),
    *(b"P" + kind + blank for kind in (b"1", b"2", b"3", b"4", b"5", b"6") for blank in (b"\n", b" ")),
]  # fmt: skip


@pytest.mark.parametrize("head", HEADS)
def test_every_known_beginning(head: bytes) -> None:
    assert looks_like_picture(head) and looks_like_picture(head + bytes(20))
    assert not looks_like_picture(b"x" + head)
    assert not looks_like_picture(head[:-1])


@pytest.mark.parametrize("size", range(200))
def test_a_bitmap_is_told_by_the_size_of_its_header(size: int) -> None:
    head = b"BM" + bytes(12) + size.to_bytes(4, "little")
    assert looks_like_picture(head) == (size in (12, 40, 52, 56, 64, 108, 124))
    assert not looks_like_picture(head[:17])


@pytest.mark.parametrize(
    "head", [b"P0\n", b"P7\n", b"P6x", b"RIFF\1\2\3\4WAVE", b"\0\0\0\x20ftypisom", b"xIFF\1\2\3\4WEBP"]
)
def test_beginnings_that_come_near(head: bytes) -> None:
    assert not looks_like_picture(head)


def test_kinds_of_all_extensions() -> None:
    assert {extension: kind_of(f"a{extension}") for extension in IMAGE_EXTENSIONS} == {
        ".jpg": "jpeg", ".jpeg": "jpeg", ".jfif": "jpeg", ".jpe": "jpeg", ".png": "png", ".ppm": "ppm", ".pgm": "ppm",
        ".bmp": "bmp", ".tif": "tiff", ".tiff": "tiff", ".webp": "webp",
    }  # fmt: skip
    assert VIDEO_EXTENSIONS == (".mp4", ".mov", ".avi", ".mpg", ".mpeg", ".hevc", ".m4v", ".webm")


def test_every_extension_of_pictures_that_are_counted_only() -> None:
    names = (
        "gif apng heic heif hif avif jxl jp2 j2k jpf jpx jpm jif jfi pbm pnm pam pfm ras xbm xpm tga icb vda vst dds "
        "exr hdr rgbe psd psb xcf ico cur icns pcx sgi rgb bw wmf emf svg svgz eps dib rle btf tf8 dcm dicom nii fits "
        "fit fts qoi flif bpg ecw sid czi lif nd2 svs raw dng cr2 cr3 crw nef nrw arw srf sr2 orf rw2 raf pef ptx srw "
        "x3f 3fr fff iiq mos mef mrw dcr k25 erf rwl gpr"
    )
    assert {f".{name}" for name in names.split()} == OTHER_PICTURE_EXTENSIONS
