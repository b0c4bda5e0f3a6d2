import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from selection_assets.stages.checking.image_check import check_image
from selection_assets.stages.pictures.native_picture import read_native
from selection_assets.stages.pictures.png_chunks import SIGNATURE, chunks, without_texts
from tests.stages.drawn_pictures import textured

SIZE = (60, 40)


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(*extra: bytes) -> bytes:
    """A picture with further chunks behind its header."""
    file = BytesIO()
    textured(*SIZE).save(file, "PNG")
    data = file.getvalue()
    return data[:33] + b"".join(extra) + data[33:]


def test_parts_in_their_order() -> None:
    data = png(chunk(b"tEXt", b"Comment\0words"))
    found = list(chunks(data + b"trailing"))
    assert [each.name for each in found] == [b"IHDR", b"tEXt", b"IDAT", b"IEND"]
    assert data[found[1].start : found[1].end] == b"Comment\0words"
    assert (found[-1].start, found[-1].end) == (len(data) - 4, len(data) - 4)
    assert list(chunks(data[:20])) == [(b"IHDR", 16, 29)]  # ends behind the end


@pytest.mark.parametrize(
    "extra",
    [
        chunk(b"tEXt", b"Comment\0" + b"x" * 3_000_000),
        chunk(b"zTXt", b"workflow\0\0" + zlib.compress(bytes(3_000_000))),
        chunk(b"iTXt", b"workflow\0\1\0\0\0" + zlib.compress(bytes(3_000_000))),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(bytes(3_000_000))),
        chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(bytes(3_000_000))),
        chunk(b"zTXt", b"Raw profile type exif\0\0" + b"no zlib"),
        chunk(b"zTXt", b"Comment\0\0" + b"no zlib"),
        chunk(b"zTXt", b"Comment\0\7" + zlib.compress(b"a")),
        chunk(b"iTXt", b"no keyword"),
        chunk(b"iCCP", b"profile\0\0" + b"no zlib"),
        chunk(b"iCCP", b"profile\0\0" + zlib.compress(bytes(30_000_000))),
        chunk(b"iCCP", b""),
    ],
)
def test_no_text_or_profile_makes_a_picture_corrupt(extra: bytes) -> None:
    data = png(extra)
    assert without_texts(data) == png()
    assert check_image(data, "a.png", 128, 10**6).reason is None


def test_what_says_how_the_camera_was_held_stays() -> None:
    plain = textured(*SIZE)
    turned = plain.transpose(Image.Transpose.ROTATE_270)
    exif = Image.Exif()
    exif[0x0112] = 6
    block = exif.tobytes()
    profile = b"\nexif\n%8d\n%s\n" % (len(block), block.hex().encode())
    xmp = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    for extra in (
        chunk(b"eXIf", block.removeprefix(b"Exif\0\0")),
        chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(profile)),
        chunk(b"tEXt", b"Raw profile type exif\0" + profile),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(xmp)),
    ):
        found = read_native(png(chunk(b"tEXt", b"Comment\0words"), extra), "png", ".png", 10**6)
        assert (found.width, found.height) == SIZE[::-1]
        assert np.array_equal(np.asarray(found.rgb()), np.asarray(turned))
    info = PngInfo()
    info.add_text("Comment", "Orientation=6")
    file = BytesIO()
    plain.save(file, "PNG", pnginfo=info)
    assert (read_native(file.getvalue(), "png", ".png", 10**6).width) == SIZE[0]


def test_a_cut_file_is_cut_as_before() -> None:
    data = png(chunk(b"tEXt", b"Comment\0words"))
    whole = png()
    assert without_texts(data[:-30]) == whole[:-30]
    assert without_texts(SIGNATURE) == SIGNATURE
    assert without_texts(data[:40]) == data[:40]  # not even the name of the text is there
    assert without_texts(data[:45]) == whole[:33]
