import struct
from dataclasses import replace
from typing import Any

import pytest

from selection_assets.stages.pictures.corrupt_image import CorruptImageError
from selection_assets.stages.pictures.tiff_header import TiffHeader, read_tiff_header

# tag -> (type, values); types: 2 text, 3 two bytes, 4 four bytes
PLAIN: dict[int, tuple[int, Any]] = {256: (3, [7]), 257: (3, [5]), 258: (3, [8]), 273: (4, [8]), 279: (4, [35])}
LETTERS = {1: "B", 2: "c", 3: "H", 4: "I", 8: "h", 12: "d", 16: "Q"}


def tiff(fields: dict[int, tuple[int, Any]], order: str = "<", big: bool = False, data: bytes = bytes(60)) -> bytes:
    """A file of `data` and one directory behind it."""
    head = 16 if big else 8
    start = head + len(data)
    entry, inline = ("HHQ", 8) if big else ("HHI", 4)
    body, beyond = b"", b""
    end = start + (8 if big else 2) + len(fields) * (struct.calcsize(order + entry) + inline) + (8 if big else 4)
    for tag, (kind, values) in sorted(fields.items()):
        if kind == 2:
            packed, count = values, len(values)
        else:
            packed, count = struct.pack(f"{order}{len(values)}{LETTERS[kind]}", *values), len(values)
        if len(packed) > inline:
            place = struct.pack(order + ("Q" if big else "I"), end + len(beyond))
            beyond += packed
        else:
            place = packed.ljust(inline, b"\0")
        body += struct.pack(order + entry, tag, kind, count) + place
    mark = b"II" if order == "<" else b"MM"
    if big:
        first = mark + struct.pack(f"{order}HHHQ", 43, 8, 0, start)
        number = struct.pack(order + "Q", len(fields))
    else:
        first = mark + struct.pack(f"{order}HI", 42, start)
        number = struct.pack(order + "H", len(fields))
    return first + data + number + body + bytes(8 if big else 4) + beyond


DEFAULTS = TiffHeader(
    order="<", width=7, height=5, bits=(8,), sample_formats=(1,), compression=1, photometric=1, predictor=1,
    fill_order=1, is_planar=False, extra_samples=(), orientation=1, nodata=None, tile_size=None, rows_per_strip=5,
    offsets=(8,), byte_counts=(35,),
)  # fmt: skip


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
def test_missing_fields_have_the_default_of_the_standard(order: str, big: bool) -> None:
    assert read_tiff_header(tiff(PLAIN, order, big)) == replace(DEFAULTS, order=order)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
def test_every_field(order: str, big: bool) -> None:
    fields = {
        **PLAIN, 258: (3, [16, 16, 16, 8]), 259: (3, [8]), 262: (3, [2]), 266: (3, [2]), 273: (4, [8, 20, 30]),
        274: (3, [6]), 277: (3, [4]), 278: (4, [2]), 279: (4, [12, 10, 9]), 284: (3, [2]), 317: (3, [2]),
        338: (3, [2]), 339: (3, [1, 2, 3, 6]), 42113: (2, b"-9999.5 \0"), 305: (2, b"some program\0"),
    }  # fmt: skip
    header = read_tiff_header(tiff(fields, order, big))
    assert header == TiffHeader(
        order=order, width=7, height=5, bits=(16, 16, 16, 8), sample_formats=(1, 2, 3, 6), compression=8, photometric=2,
        predictor=2, fill_order=2, is_planar=True, extra_samples=(2,), orientation=6, nodata=-9999.5, tile_size=None,
        rows_per_strip=2, offsets=(8, 20, 30), byte_counts=(12, 10, 9),
    )  # fmt: skip
    assert header.channels == 4


def changed(**fields: tuple[int, Any] | None) -> TiffHeader:
    given = {**PLAIN, **{int(tag[1:]): field for tag, field in fields.items()}}
    return read_tiff_header(tiff({tag: field for tag, field in given.items() if field is not None}))


def test_tiles() -> None:
    header = changed(_273=None, _279=None, _322=(3, [16]), _323=(3, [32]), _324=(4, [8, 20]), _325=(4, [12, 9]))
    assert (header.tile_size, header.offsets, header.byte_counts) == ((16, 32), (8, 20), (12, 9))


def test_one_value_stands_for_all_channels() -> None:
    header = changed(_277=(3, [3]), _339=(3, [2]))
    assert (header.bits, header.sample_formats) == ((8, 8, 8), (2, 2, 2))


def test_one_channel_is_never_planar() -> None:
    assert not changed(_284=(3, [2])).is_planar
    assert changed(_284=(3, [2]), _277=(3, [2])).is_planar


@pytest.mark.parametrize(("given", "rows"), [(0, 1), (1, 1), (4, 4), (5, 5), (2**32 - 1, 5)])
def test_rows_per_strip_are_at_most_all(given: int, rows: int) -> None:
    assert changed(_278=(4, [given])).rows_per_strip == rows


@pytest.mark.parametrize(
    ("text", "number"), [(b"0\0", 0.0), (b" -1e3\0", -1000.0), (b"nothing\0", None), (b"\0", None), (b"", None)]
)
def test_no_data_is_a_number_as_text(text: bytes, number: float | None) -> None:
    assert changed(_42113=(2, text)).nodata == number


@pytest.mark.parametrize(
    "fields",
    [
        {"_273": None},
        {"_277": (3, [0])},
        {"_277": (3, [1001])},
        {"_322": (3, [0]), "_323": (3, [16]), "_324": (4, [8]), "_325": (4, [12])},
        {"_322": (3, [16]), "_323": (3, [16])},
    ],
)
def test_fields_that_contradict_each_other(fields: dict[str, Any]) -> None:
    with pytest.raises(CorruptImageError) as error:
        changed(**fields)
    assert error.value.reason == "damaged: the header of the TIFF cannot be read"
    assert error.value.reason_class == "UnreadableHeader"


@pytest.mark.parametrize("data", [b"II*\0", b"II*\0\x08\0\0\0\0\0", b"XX*\0\x08\0\0\0", tiff(PLAIN)[:-60], tiff({})])
def test_directories_that_cannot_be_read(data: bytes) -> None:
    with pytest.raises(CorruptImageError, match="the header of the TIFF cannot be read"):
        read_tiff_header(data)


def test_data_beyond_the_end_are_missing() -> None:
    whole = tiff(PLAIN)
    at_the_end = tiff({**PLAIN, 279: (4, [len(whole) - 8])})
    assert read_tiff_header(at_the_end).byte_counts == (len(whole) - 8,)
    with pytest.raises(CorruptImageError) as error:
        read_tiff_header(tiff({**PLAIN, 273: (4, [8, 1008]), 279: (4, [35, len(whole)])}))
    assert (error.value.reason_class, error.value.reason[:11]) == ("Truncated", "truncated: ")
    with pytest.raises(CorruptImageError, match=r"^truncated: 1 bytes missing$"):
        read_tiff_header(tiff({**PLAIN, 279: (4, [len(whole) - 7])}))


COMPRESSIONS = {
    1: "uncompressed", 2: "CCITT compressed", 3: "CCITT compressed", 4: "CCITT compressed", 5: "LZW compressed",
    6: "JPEG compressed (old style)", 7: "JPEG compressed", 8: "Deflate compressed", 32773: "PackBits compressed",
    32946: "Deflate compressed", 34712: "JPEG 2000 compressed", 33003: "JPEG 2000 compressed",
    33005: "JPEG 2000 compressed", 34887: "LERC compressed", 34892: "JPEG compressed (lossy DNG)",
    34925: "LZMA compressed", 50000: "Zstandard compressed", 50001: "WebP compressed", 50002: "JPEG XL compressed",
    9: "compression 9",
}  # fmt: skip
COLOURS = {
    0: "", 1: "", 2: "", 3: " as a palette", 4: " as a mask", 5: " as CMYK", 6: " as YCbCr", 8: " as CIELab",
    9: " as ICCLab", 32803: " as a colour filter array", 32844: " as LogL", 32845: " as LogLuv",
    34892: " as linear raw data",
}  # fmt: skip
NUMBERS = {
    1: "whole numbers", 2: "signed whole numbers", 3: "real numbers", 4: "undefined values", 5: "complex numbers",
    6: "complex numbers",
}  # fmt: skip


@pytest.mark.parametrize(("code", "text"), COMPRESSIONS.items())
def test_every_compression_has_its_words(code: int, text: str) -> None:
    assert replace(DEFAULTS, compression=code).layout == f"1 channel of 8-bit whole numbers, {text}"


@pytest.mark.parametrize(("code", "text"), COLOURS.items())
def test_every_kind_of_colour_has_its_words(code: int, text: str) -> None:
    assert replace(DEFAULTS, photometric=code).layout == f"1 channel of 8-bit whole numbers{text}, uncompressed"


@pytest.mark.parametrize(("code", "text"), NUMBERS.items())
def test_every_kind_of_number_has_its_words(code: int, text: str) -> None:
    assert replace(DEFAULTS, sample_formats=(code,)).layout == f"1 channel of 8-bit {text}, uncompressed"


def test_channels_of_different_kinds() -> None:
    mixed = replace(DEFAULTS, bits=(16, 16, 8), sample_formats=(1, 3, 3))
    assert mixed.layout == "3 channels of 16/8-bit whole numbers/real numbers, uncompressed"


@pytest.mark.parametrize(("width", "height"), [(1, 1), (16, 16), (17, 16), (16, 17), (50, 33), (31, 100)])
def test_how_many_tiles_cover_a_picture(width: int, height: int) -> None:
    across, down = len(range(0, width, 16)), len(range(0, height, 32))
    header = replace(DEFAULTS, width=width, height=height, tile_size=(16, 32))
    assert header.parts == across * down
    assert replace(header, bits=(8, 8, 8), is_planar=True).parts == 3 * across * down
