"""TIFF layouts of which Pillow loses depth or knows nothing, read whole: deep colours, many channels, 64-bit numbers.

The data are unpacked by libtiff, through Pillow, as a grey picture of bytes; what the bytes mean is told here. For
that, a small directory which describes such a picture is put behind a copy of the file. Source: TIFF 6.0, and
technical note 3 for the predictor of real numbers.
"""

import struct
import zlib
from collections.abc import Iterable
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from selection_assets.stages.pictures.corrupt_image import CorruptImageError, unsupported
from selection_assets.stages.pictures.tiff_header import BLACK_IS_ZERO, DEFLATE, RGB, WHITE_IS_ZERO, TiffHeader

# No compression, LZW, Deflate (two codes), PackBits, LZMA, Zstandard: they pack bytes and know no colours.
_BYTE_COMPRESSIONS = (1, 5, 8, 32946, 32773, 34925, 50000)
_NONE = 1
_WITH_PREDICTOR = (5, 8, 32946, 34925, 50000)
_LARGEST_TILE = 1 << 24  # pixels
_NO_PREDICTOR, _DIFFERENCES, _REAL_DIFFERENCES = 1, 2, 3
_UNSIGNED, _SIGNED, _REAL = 1, 2, 3


def is_read_here(header: TiffHeader) -> bool:
    """Whether `tiff_pixels` reads this layout, and has to, because Pillow's own way loses something or is none."""
    bits, kinds = set(header.bits), set(header.sample_formats)
    if (
        len(bits) > 1
        or len(kinds) > 1
        or header.compression not in _BYTE_COMPRESSIONS
        or header.photometric not in (WHITE_IS_ZERO, BLACK_IS_ZERO, RGB)
        or header.fill_order != 1
        or (header.photometric == RGB and header.channels < 3)
    ):
        return False
    width, kind = bits.pop(), kinds.pop()
    kind = _UNSIGNED if kind == 4 else kind  # "undefined"
    known = (kind == _REAL and width in (16, 32, 64)) or (kind in (_UNSIGNED, _SIGNED) and width in (8, 16, 32, 64))
    packed = kind == _UNSIGNED and 8 < width < 16 and header.predictor == _NO_PREDICTOR
    ordinary = width == 8 and kind == _UNSIGNED and header.channels <= 4 and not header.is_planar
    return (known or packed) and not ordinary and header.predictor in (1, 2, 3)


def tiff_pixels(data: bytes, header: TiffHeader) -> NDArray[np.generic]:
    """(H, W, channels) as stored: whole numbers of 8, 16, 32 or 64 bits, or real ones. Not yet turned upright.

    Raises:
        CorruptImageError: the compressed data are damaged or too short.
    """
    if not header.is_planar:
        return _plane(data, header, header.offsets, header.byte_counts, header.channels)
    number = len(header.offsets) // header.channels
    if number * header.channels != len(header.offsets) or not number:
        raise CorruptImageError("damaged: the header of the TIFF cannot be read", "UnreadableHeader")
    planes = [
        _plane(data, header, header.offsets[at : at + number], header.byte_counts[at : at + number], 1)
        for at in range(0, len(header.offsets), number)
    ]
    return np.concatenate(planes, axis=2)


def _plane(
    data: bytes, header: TiffHeader, offsets: tuple[int, ...], counts: tuple[int, ...], channels: int
) -> NDArray[np.generic]:
    """(H, W, channels) of neighbouring samples."""
    bits = header.bits[0]
    if header.tile_size is None:
        rows = _strips(data, header, offsets, counts, -(-header.width * channels * bits // 8))
        return _samples(rows, header, header.width, channels)
    wide, high = header.tile_size
    if wide * high > _LARGEST_TILE:
        raise unsupported(f"a TIFF with tiles of {wide:,} × {high:,} pixels")
    across, down = -(-header.width // wide), -(-header.height // high)
    if across * down > len(offsets):
        raise CorruptImageError("truncated: tiles of the TIFF are missing", "Truncated")
    # Tiles one below the other are strips; each is undone by itself, as its predictor begins anew.
    rows = _unpacked(data, header, offsets[: across * down], counts, -(-wide * channels * bits // 8), high)
    tiles = _samples(rows, header, wide, channels).reshape(down, across, high, wide, channels)
    whole = tiles.swapaxes(1, 2).reshape(down * high, across * wide, channels)
    return whole[: header.height, : header.width]


def _strips(
    data: bytes, header: TiffHeader, offsets: tuple[int, ...], counts: tuple[int, ...], row_bytes: int
) -> NDArray[np.uint8]:
    number = -(-header.height // header.rows_per_strip)
    if number > len(offsets):
        raise CorruptImageError("truncated: strips of the TIFF are missing", "Truncated")
    return _unpacked(data, header, offsets[:number], counts, row_bytes, header.rows_per_strip, header.height)


def _unpacked(
    data: bytes,
    header: TiffHeader,
    offsets: tuple[int, ...],
    counts: tuple[int, ...],
    row_bytes: int,
    rows_each: int,
    height: int | None = None,
) -> NDArray[np.uint8]:
    """(rows, row_bytes) of all strips or tiles, one below the other."""
    height = len(offsets) * rows_each if height is None else height
    if header.compression == _NONE:
        parts = [memoryview(data)[at:] for at in offsets]
        return _joined(parts, row_bytes, rows_each, height)
    if header.compression in DEFLATE:
        # Not by libtiff, which does not look at the checksum.
        sizes = zip(offsets, counts, strict=False)
        return _joined((_inflated(data[at : at + size]) for at, size in sizes), row_bytes, rows_each, height)
    file = _as_bytes_picture(data, header, offsets, counts, row_bytes, rows_each, height)
    try:
        with Image.open(BytesIO(file), formats=("TIFF",)) as image:
            return np.asarray(image)
    except OSError as error:
        raise CorruptImageError(f"damaged: the TIFF decoder stopped ({error})", type(error).__name__) from error


def _joined(parts: Iterable[bytes | memoryview], row_bytes: int, rows_each: int, height: int) -> NDArray[np.uint8]:
    rows = np.empty((height, row_bytes), np.uint8)
    for number, content in enumerate(parts):
        part = rows[number * rows_each : (number + 1) * rows_each]
        if len(content) < part.size:
            raise CorruptImageError(f"truncated: {part.size - len(content):,} bytes missing", "Truncated")
        part[:] = np.frombuffer(content, np.uint8, part.size).reshape(part.shape)
    return rows


def _inflated(part: bytes) -> bytes:
    try:
        return zlib.decompress(part)
    except zlib.error as error:
        raise CorruptImageError("damaged: the compressed data of the TIFF are broken", "DamagedData") from error


def _as_bytes_picture(
    data: bytes,
    header: TiffHeader,
    offsets: tuple[int, ...],
    counts: tuple[int, ...],
    row_bytes: int,
    rows_each: int,
    height: int,
) -> bytes:
    """A TIFF of grey bytes, (height, row_bytes), with the compressed data of `data` in their places."""
    number = len(offsets)
    place = len(data) + (len(data) & 1)
    lists = struct.pack(f"{header.order}{2 * number}I", *offsets, *counts[:number])
    values = {256: row_bytes, 257: height, 258: 8, 259: header.compression, 262: 1}
    values |= {277: 1, 278: rows_each}
    kinds = {tag: (4, 1, value) for tag, value in values.items()}
    # A list of one stands in the entry itself.
    kinds[273] = (4, number, place if number > 1 else offsets[0])
    kinds[279] = (4, number, place + 4 * number if number > 1 else counts[0])
    entries = b"".join(struct.pack(header.order + "HHII", tag, *entry) for tag, entry in sorted(kinds.items()))
    directory = struct.pack(header.order + "H", len(kinds)) + entries + bytes(4)
    start = data[:2] + struct.pack(header.order + "HI", 42, place + len(lists))
    return b"".join((start, memoryview(data)[8:], bytes(len(data) & 1), lists, directory))


def _samples(rows: NDArray[np.uint8], header: TiffHeader, width: int, channels: int) -> NDArray[np.generic]:
    """(H, row_bytes) -> (H, width, channels) numbers in this machine's byte order."""
    bits, kind = header.bits[0], header.sample_formats[0]
    height = len(rows)
    if bits % 8:  # 10, 12 or 14 bits after each other, each row from a full byte on
        digits = np.unpackbits(rows, axis=1, count=width * channels * bits).reshape(height, width, channels, bits)
        return digits.astype(np.uint16) @ (1 << np.arange(bits - 1, -1, -1, dtype=np.uint16))
    letter = {_UNSIGNED: "u", _SIGNED: "i", _REAL: "f"}.get(kind, "u")
    size = bits // 8
    predictor = header.predictor if header.compression in _WITH_PREDICTOR else _NO_PREDICTOR
    if predictor == _REAL_DIFFERENCES and letter == "f":
        summed = np.cumsum(rows.reshape(height, width * size, channels), axis=1, dtype=np.uint8)
        # Bytes lie apart by their weight, the heaviest first.
        planes = summed.reshape(height, size, width * channels).swapaxes(1, 2)
        return np.ascontiguousarray(planes).view(f">f{size}").reshape(height, width, channels).astype(f"f{size}")
    values = np.ascontiguousarray(rows).view(f"{header.order}u{size}").reshape(height, width, channels)
    values = values.astype(f"u{size}")
    if predictor == _DIFFERENCES:
        values = np.cumsum(values, axis=1, dtype=values.dtype)
    return values.view(f"{letter}{size}")
