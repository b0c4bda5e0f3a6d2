"""What the header of a TIFF says of its first picture: size, layout of the samples, where the data lie.

It tells a whole file of a layout that is not read from a broken one. Sources: TIFF 6.0 and its technical notes;
BigTIFF: http://bigtiff.org; codes of compression: libtiff's `tiff.h`.
"""

import struct
from dataclasses import dataclass

import numpy as np

from selection_assets.stages.pictures.corrupt_image import CorruptImageError

# Type of a field -> (letter of `struct`, bytes). Fractions are passed over.
_TYPES = {1: "B", 2: "c", 3: "H", 4: "I", 6: "b", 7: "B", 8: "h", 9: "i", 11: "f", 12: "d", 13: "I", 16: "Q", 18: "Q"}
_MOST_FIELDS = 4096
_MOST_VALUES = 1 << 24
_COMPRESSIONS = {
    1: "uncompressed",
    2: "CCITT compressed",
    3: "CCITT compressed",
    4: "CCITT compressed",
    5: "LZW compressed",
    6: "JPEG compressed (old style)",
    7: "JPEG compressed",
    8: "Deflate compressed",
    32773: "PackBits compressed",
    32946: "Deflate compressed",
    34712: "JPEG 2000 compressed",
    33003: "JPEG 2000 compressed",
    33005: "JPEG 2000 compressed",
    34887: "LERC compressed",
    34892: "JPEG compressed (lossy DNG)",
    34925: "LZMA compressed",
    50000: "Zstandard compressed",
    50001: "WebP compressed",
    50002: "JPEG XL compressed",
}
_PHOTOMETRICS = {
    3: "a palette",
    4: "a mask",
    5: "CMYK",
    6: "YCbCr",
    8: "CIELab",
    9: "ICCLab",
    32803: "a colour filter array",
    32844: "LogL",
    32845: "LogLuv",
    34892: "linear raw data",
}
JPEG, DEFLATE = 7, (8, 32946)
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB = 0, 1, 2
ASSOCIATED_ALPHA, ALPHA = 1, 2


@dataclass(frozen=True, slots=True)
class TiffHeader:
    """Fields of the first directory. Missing ones have the default of the standard."""

    order: str  # "<" or ">"
    width: int
    height: int
    bits: tuple[int, ...]  # per channel
    sample_formats: tuple[int, ...]  # per channel: 1 unsigned, 2 signed, 3 real, 5 and 6 complex
    compression: int
    photometric: int
    predictor: int
    fill_order: int
    is_planar: bool  # one channel after the other
    extra_samples: tuple[int, ...]
    orientation: int
    nodata: float | None
    tile_size: tuple[int, int] | None  # (width, height); None for strips
    rows_per_strip: int
    offsets: tuple[int, ...]  # of strips or tiles
    byte_counts: tuple[int, ...]
    jpeg_tables: bytes = b""  # what all JPEGs in a TIFF share; empty where there is none

    @property
    def channels(self) -> int:
        return len(self.bits)

    @property
    def parts(self) -> int:
        """How many strips or tiles the picture has by its size."""
        if self.tile_size is None:
            number = -(-self.height // self.rows_per_strip)
        else:
            wide, high = self.tile_size
            number = -(-self.width // wide) * -(-self.height // high)
        return number * self.channels if self.is_planar else number

    @property
    def layout(self) -> str:
        """In words: `3 channels of 32-bit real numbers, Deflate compressed`."""
        kinds = {1: "whole numbers", 2: "signed whole numbers", 3: "real numbers", 5: "complex numbers"}
        kinds[6] = "complex numbers"
        plural = "s" if self.channels > 1 else ""
        bits = "/".join(str(n) for n in dict.fromkeys(self.bits))
        kind = "/".join(kinds.get(n, "undefined values") for n in dict.fromkeys(self.sample_formats))
        colours = _PHOTOMETRICS.get(self.photometric)
        packing = _COMPRESSIONS.get(self.compression, f"compression {self.compression}")
        space = f" as {colours}" if colours else ""
        return f"{self.channels} channel{plural} of {bits}-bit {kind}{space}, {packing}"


def read_tiff_header(data: bytes) -> TiffHeader:
    """Raises CorruptImageError where the directory is cut, contradicts itself, or points to data beyond the end."""
    try:
        header = _header(data)
    except (struct.error, KeyError, IndexError, OverflowError, ValueError) as error:
        raise CorruptImageError("damaged: the header of the TIFF cannot be read", "UnreadableHeader") from error
    missing = max((at + size for at, size in zip(header.offsets, header.byte_counts, strict=False)), default=0)
    if missing > len(data):
        raise CorruptImageError(f"truncated: {missing - len(data):,} bytes missing", "Truncated")
    return header


def _header(data: bytes) -> TiffHeader:
    fields, order = _fields(data)

    def whole(tag: int, default: int) -> int:
        return int(fields[tag][0]) if fields.get(tag) else default

    def several(tag: int, default: tuple[int, ...] = ()) -> tuple[int, ...]:
        return tuple(int(value) for value in fields.get(tag, default))

    channels = whole(277, 1)
    if not 1 <= channels <= 1000:
        raise ValueError("channels")
    bits, formats = several(258, (1,)), several(339, (1,))
    width, height = whole(256, 0), whole(257, 0)
    tiled = 322 in fields
    offsets = several(324) if tiled else several(273)
    counts = several(325) if tiled else several(279)
    tile_size = (whole(322, 0), whole(323, 0)) if tiled else None
    if not offsets or (tile_size and 0 in tile_size):
        raise ValueError("no data")
    return TiffHeader(
        order=order,
        width=width,
        height=height,
        bits=bits if len(bits) == channels else (bits[0],) * channels,
        sample_formats=formats if len(formats) == channels else (formats[0],) * channels,
        compression=whole(259, 1),
        photometric=whole(262, BLACK_IS_ZERO),
        predictor=whole(317, 1),
        fill_order=whole(266, 1),
        is_planar=whole(284, 1) == 2 and channels > 1,
        extra_samples=several(338),
        orientation=_orientation(fields.get(274, ())),
        nodata=_nodata(fields.get(42113, ())),
        tile_size=tile_size,
        rows_per_strip=max(1, min(whole(278, height), height)),
        offsets=offsets,
        byte_counts=counts,
        jpeg_tables=_bytes(fields.get(347, ())),
    )


def _fields(data: bytes) -> tuple[dict[int, tuple[float | bytes, ...]], str]:
    order = {b"II": "<", b"MM": ">"}[data[:2]]
    (version,) = struct.unpack_from(order + "H", data, 2)
    big = version == 43
    count_type, offset_type, inline = ("Q", "Q", 8) if big else ("H", "I", 4)
    (at,) = struct.unpack_from(order + offset_type, data, 8 if big else 4)
    (number,) = struct.unpack_from(order + count_type, data, at)
    if not 0 < number <= _MOST_FIELDS:
        raise ValueError("fields")
    at += struct.calcsize(count_type)
    entry = struct.Struct(f"{order}HH{offset_type}")
    fields: dict[int, tuple[float | bytes, ...]] = {}
    for start in range(at, at + number * (entry.size + inline), entry.size + inline):
        tag, kind, count = entry.unpack_from(data, start)
        if kind not in _TYPES or count > _MOST_VALUES or tag in fields:
            continue
        values = struct.Struct(f"{order}{count}{_TYPES[kind]}")
        place = start + entry.size
        if values.size > inline:
            (place,) = struct.unpack_from(order + offset_type, data, place)
        if tag in _USED or (tag in _USED_IF_WHOLE and place + values.size <= len(data)):
            fields[tag] = values.unpack_from(data, place)
    return fields, order


_USED = {256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 317, 322, 323, 324, 325, 338, 339}
_USED_IF_WHOLE = {274, 347, 42113}


def _orientation(values: tuple[float | bytes, ...]) -> int:
    """1, as it is stored, where the field holds no such number: it says nothing about the pixels."""
    return int(values[0]) if values and values[0] in range(1, 9) else 1  # type: ignore[arg-type]


def _bytes(values: tuple[float | bytes, ...]) -> bytes:
    return b"".join(each if isinstance(each, bytes) else bytes([int(each) & 255]) for each in values)


def _nodata(characters: tuple[float | bytes, ...]) -> float | None:
    """GDAL_NODATA is a number as text."""
    try:
        return float(np.float64(b"".join(c for c in characters if isinstance(c, bytes)).rstrip(b"\0 ").decode()))
    except ValueError:
        return None
