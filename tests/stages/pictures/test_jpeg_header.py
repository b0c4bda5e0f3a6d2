import io
import struct
from zlib import adler32, crc32

import pytest
from PIL import Image

from selection_assets.stages.pictures.corrupt_image import CorruptImageError
from selection_assets.stages.pictures.jpeg_header import JpegHeader, read_jpeg_header


def part(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def frame(
    marker: int = 0xC0, width: int = 300, height: int = 7, channels: bytes = b"\1\x22\0\2\x11\1\3\x11\1"
) -> bytes:
    return part(marker, struct.pack(">BHHB", 8, height, width, len(channels) // 3) + channels)


def exif(orientation: int) -> bytes:
    content = Image.Exif()
    content[0x0112] = orientation
    return part(0xE1, content.tobytes())


START, SCAN = b"\xff\xd8", part(0xDA, b"\1\1\0\0\x3f\0")


def read(*parts: bytes) -> JpegHeader:
    return read_jpeg_header(b"".join((START, *parts)))


def test_a_plain_header() -> None:
    header = read(part(0xDB, b"first"), part(0xE0, b"JFIF"), frame(), part(0xDB, b"second"), SCAN)
    assert header == JpegHeader(300, 7, 3, 8, None, 1, b"firstsecond\3\1\x22\0\2\x11\1\3\x11\1")
    assert header.upright_size == (300, 7)
    tables = header.tables
    assert header.coding == crc32(tables).to_bytes(4, "big") + adler32(tables).to_bytes(4, "big") + b"\0\0\0\1"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation(orientation: int) -> None:
    header = read(exif(orientation), frame(), SCAN)
    assert header.orientation == orientation
    assert header.upright_size == ((7, 300) if orientation >= 5 else (300, 7))
    assert header.coding[8:] == orientation.to_bytes(4, "big")
    assert read(part(0xE1, b"http://ns.adobe.com/xap/1.0/\0"), frame(), SCAN).orientation == 1


PROCESSES = {0xC3: "lossless", 0xCB: "lossless", 0xF7: "JPEG-LS"} | dict.fromkeys(
    (0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF), "hierarchical"
)


@pytest.mark.parametrize(
    "marker", [*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0), 0xF7]
)
def test_every_kind_of_compression(marker: int) -> None:
    header = read(frame(marker), SCAN)
    assert (header.width, header.height, header.process) == (300, 7, PROCESSES.get(marker))


@pytest.mark.parametrize("marker", [0xC4, 0xC8, 0xCC, 0xE0, 0xEE, 0xFE])
def test_parts_that_are_no_frame(marker: int) -> None:
    with pytest.raises(CorruptImageError, match="the header of the JPEG cannot be read"):
        read(frame(marker), SCAN)


def test_the_first_frame_counts() -> None:
    assert read(frame(width=5), frame(0xC2, width=6), SCAN).width == 5


@pytest.mark.parametrize(
    "between",
    [
        b"",
        b"\xff",
        b"\xff\xff\xff",
        b"stray",
        b"\xff\x01",
        *(bytes([0xFF, marker]) for marker in range(0xD0, 0xD9)),
        b"\xff\0",
    ],
)
def test_what_may_stand_between_two_parts(between: bytes) -> None:
    assert read(part(0xE0, b"x"), between, frame(), SCAN).width == 300


@pytest.mark.parametrize(
    "data", [b"\xff\xd8", b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\0", START + frame(), START + frame()[:9]]
)
def test_a_header_that_ends_early(data: bytes) -> None:
    with pytest.raises(CorruptImageError) as error:
        read_jpeg_header(data)
    assert (error.value.reason, error.value.reason_class) == ("truncated: the end of the JPEG is missing", "Truncated")


@pytest.mark.parametrize("parts", [[SCAN], [b"\xff\xd9\0\0"], [part(0xC0, b"\x08\0\1\0\1"), SCAN]])
def test_a_header_without_a_frame(parts: list[bytes]) -> None:
    with pytest.raises(CorruptImageError) as error:
        read(*parts)
    assert error.value.reason == "damaged: the header of the JPEG cannot be read"
    assert error.value.reason_class == "UnreadableHeader"


def test_a_length_below_two_is_taken_as_two() -> None:
    assert read(b"\xff\xe0\0\0", frame(), SCAN).width == 300


def test_pictures_of_pillow() -> None:
    buffer = io.BytesIO()
    Image.new("L", (40, 30)).save(buffer, "JPEG", progressive=True)
    header = read_jpeg_header(buffer.getvalue())
    assert (header.width, header.height, header.components, header.bits, header.process) == (40, 30, 1, 8, None)
