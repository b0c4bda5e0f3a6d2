"""Finds PNG files whose bytes changed after they were written.

Pillow stops reading as soon as it has all rows and does not look at the checksums of the picture data, so flipped bits
and cut tails pass unseen. Source: https://www.w3.org/TR/png-3/#5Chunk-layout.
"""

import zlib

_SIGNATURE_LENGTH = 8


def png_damage(data: bytes) -> str | None:
    """What is wrong with the chunks of this PNG, or None. Chunks that a reader may ignore are not checked."""
    view = memoryview(data)
    at = _SIGNATURE_LENGTH
    while at + 8 <= len(data):
        length = int.from_bytes(view[at : at + 4], "big")
        name = bytes(view[at + 4 : at + 8])
        end = at + 8 + length
        if end + 4 > len(data):
            return f"truncated: {end + 4 - len(data):,} bytes missing"
        critical = not name[0] & 0x20  # an upper-case first letter
        if critical and zlib.crc32(view[at + 4 : end]) != int.from_bytes(view[end : end + 4], "big"):
            return f"damaged: wrong checksum in the {ascii(name.decode('latin-1'))[1:-1]} part of the PNG"
        if name == b"IEND":
            return None
        at = end + 4
    return "truncated: the end of the PNG is missing"
