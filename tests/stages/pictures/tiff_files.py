"""TIFF files of any layout, written by the standard, byte by byte."""

import struct
import zlib
from typing import Any

import numpy as np

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 16: 8}
_LETTERS = {1: "B", 2: "c", 3: "H", 4: "I", 16: "Q"}


def tiff(
    pixels: np.ndarray,
    *,
    photometric: int | None = None,
    extra: tuple[int, ...] = (),
    planar: bool = False,
    tile: int | None = None,
    rows_per_strip: int | None = None,
    deflate: bool = False,
    order: str = "<",
    big: bool = False,
    more: dict[int, tuple[int, Any]] | None = None,
) -> bytes:
    """(H, W, channels), unsigned, signed or real, as one uncompressed or Deflate-compressed TIFF or BigTIFF."""
    height, width, channels = pixels.shape
    values = pixels.astype(pixels.dtype.newbyteorder(order))
    planes = [values[..., [channel]] for channel in range(channels)] if planar else [values]
    rows = rows_per_strip or height
    parts = []
    for plane in planes:
        if tile is None:
            parts += [plane[at : at + rows].tobytes() for at in range(0, height, rows)]
            continue
        padded = np.pad(plane, ((0, -height % tile), (0, -width % tile), (0, 0)))
        for top in range(0, height, tile):
            parts += [padded[top : top + tile, left : left + tile].tobytes() for left in range(0, width, tile)]
    if deflate:
        parts = [zlib.compress(part) for part in parts]
    kind = {"u": 1, "i": 2, "f": 3}[pixels.dtype.kind]
    fields: dict[int, tuple[int, Any]] = {
        256: (4, [width]),
        257: (4, [height]),
        258: (3, [pixels.dtype.itemsize * 8] * channels),
        259: (3, [8 if deflate else 1]),
        262: (3, [photometric if photometric is not None else (2 if channels >= 3 else 1)]),
        277: (3, [channels]),
        284: (3, [2 if planar else 1]),
        339: (3, [kind] * channels),
    }
    places, counts = (273, 279) if tile is None else (324, 325)
    fields |= {278: (4, [rows])} if tile is None else {322: (3, [tile]), 323: (3, [tile])}
    if extra:
        fields[338] = (3, list(extra))
    fields |= more or {}
    long = 16 if big else 4
    fields[counts] = (long, [len(part) for part in parts])
    fields[places] = (long, [0] * len(parts))
    start = 16 if big else 8
    inline, entry = (8, 20) if big else (4, 12)
    after = start + (8 if big else 2) + entry * len(fields) + (8 if big else 4)
    outside = sum(_SIZES[k] * len(v) for k, v in fields.values() if _SIZES[k] * len(v) > inline)
    at, offsets = after + outside, []
    for part in parts:
        offsets.append(at)
        at += len(part)
    fields[places] = (long, offsets)
    directory = struct.pack(order + ("Q" if big else "H"), len(fields))
    rest = b""
    for tag, (kind, numbers) in sorted(fields.items()):
        content = struct.pack(f"{order}{len(numbers)}{_LETTERS[kind]}", *numbers)
        directory += struct.pack(order + ("HHQ" if big else "HHI"), tag, kind, len(numbers))
        if len(content) > inline:
            directory += struct.pack(order + ("Q" if big else "I"), after + len(rest))
            rest += content
        else:
            directory += content.ljust(inline, b"\0")
    mark = b"II" if order == "<" else b"MM"
    head = struct.pack(order + "HHHQ", 43, 8, 0, 16) if big else struct.pack(order + "HI", 42, 8)
    return mark + head + directory + bytes(8 if big else 4) + rest + b"".join(parts)
