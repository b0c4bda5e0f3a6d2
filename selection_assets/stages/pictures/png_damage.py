"""Finds PNG files whose bytes changed after they were written, and those whose writer stopped too early.

Pillow stops reading as soon as it has all rows and does not look at the checksums of the picture data, so flipped bits
and cut tails pass unseen. It takes an early end of the compressed data for that of the picture, too, and leaves missing
rows black. Source: https://www.w3.org/TR/png-3/.
"""

import zlib
from collections.abc import Iterator

from selection_assets.stages.pictures.packed_size import packed_size
from selection_assets.stages.pictures.png_chunks import chunks

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by the type of colours
_HEADER_AT, _COLOURS_AT, _INTERLACED_AT = 16, 25, 28  # the header's place is fixed
_PALETTE = 3
# Adam7: first column, first row, steps to the right and down of each pass.
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def png_damage(data: bytes) -> str | None:
    """What is wrong with the chunks of this PNG, or None. Chunks that a reader may ignore are not checked."""
    view, has_palette = memoryview(data), False
    for name, start, end in chunks(data):
        if end + 4 > len(data):
            return f"truncated: {end + 4 - len(data):,} bytes missing"
        if start == _HEADER_AT and name != b"IHDR":
            return "damaged: the PNG does not begin with its header"
        critical = not name[0] & 0x20  # an upper-case first letter
        if critical and zlib.crc32(view[start - 4 : end]) != int.from_bytes(view[end : end + 4], "big"):
            return f"damaged: wrong checksum in the {ascii(name.decode('latin-1'))[1:-1]} part of the PNG"
        has_palette |= name == b"PLTE"
        if name == b"IDAT" and data[_COLOURS_AT] == _PALETTE and not has_palette:
            return "damaged: the palette of the PNG is missing"
        if name == b"IEND":
            return None
    return "truncated: the end of the PNG is missing"


def is_interlaced(data: bytes) -> bool:
    """Whether the picture is stored in seven passes."""
    return data[_INTERLACED_AT] != 0


def missing_rows(data: bytes) -> str | None:
    """What is wrong with the compressed pixels of this PNG, or None. Unpacks them all, but keeps none.

    It costs as much as decoding: ask where the picture looks as if rows were missing.
    """
    needed = _stored_bytes(data)
    try:
        found, _ = packed_size(_packed_pixels(data), enough=needed)
    except zlib.error:
        return "damaged: the compressed data of the PNG are broken"
    return f"truncated: rows of the PNG are missing ({needed - found:,} bytes)" if found < needed else None


def _packed_pixels(data: bytes) -> Iterator[bytes]:
    return (data[start:end] for name, start, end in chunks(data) if name == b"IDAT")


def _stored_bytes(data: bytes) -> int:
    """Of all rows, each of which begins with the number of its filter."""
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    bits = data[24] * _CHANNELS[data[_COLOURS_AT]]
    passes = _PASSES if is_interlaced(data) else ((0, 0, 1, 1),)
    sizes = [(-(-(width - left) // right), -(-(height - top) // down)) for left, top, right, down in passes]
    return sum(rows * (1 + -(-columns * bits // 8)) for columns, rows in sizes if columns > 0 and rows > 0)
