"""The parts of a PNG. Source: https://www.w3.org/TR/png-3/#5Chunk-layout."""

import zlib
from collections.abc import Iterator
from typing import NamedTuple

from selection_assets.stages.pictures.packed_size import packed_size

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Of text, what says how the camera was held: XMP, and Exif as ImageMagick keeps it.
_ORIENTATION_KEYWORDS = (b"XML:com.adobe.xmp\0", b"Raw profile type exif\0", b"Raw profile type APP1\0")
_WITHOUT_PIXELS = (b"tEXt", b"zTXt", b"iTXt", b"iCCP")
_LONGEST_TEXT = 1 << 19  # half of what Pillow takes, whose limit is for one text


class Chunk(NamedTuple):
    """content: from `start` to `end`; the name stands before it, the checksum behind."""

    name: bytes
    start: int
    end: int


def chunks(data: bytes) -> Iterator[Chunk]:
    """In their order, up to `IEND`; the last one may end behind the end of `data`."""
    at = len(SIGNATURE)
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        chunk = Chunk(data[at + 4 : at + 8], at + 8, at + 8 + length)
        yield chunk
        if chunk.name == b"IEND":
            return
        at = chunk.end + 4


def without_texts(data: bytes) -> bytes:
    """The PNG without texts and colour profiles, which no pixel depends on: Pillow refuses large and broken ones, and
    with them the picture. A short text that may tell the orientation stays."""
    dropped = [each for each in chunks(data) if each.name in _WITHOUT_PIXELS and not _tells_orientation(data, each)]
    if not dropped:
        return data
    view, kept, at = memoryview(data), [], 0
    for chunk in dropped:
        kept.append(view[at : chunk.start - 8])
        at = chunk.end + 4
    return b"".join((*kept, view[at:]))


def _tells_orientation(data: bytes, chunk: Chunk) -> bool:
    content = data[chunk.start : chunk.end]
    keyword = next((word for word in _ORIENTATION_KEYWORDS if content.startswith(word)), None)
    if keyword is None or len(content) > _LONGEST_TEXT or chunk.name == b"iCCP":
        return False
    packed = content[len(keyword) :]
    if chunk.name == b"zTXt":
        return _is_short(packed[1:])
    if chunk.name == b"iTXt" and packed[:1] == b"\1":
        return _is_short(packed[2:].partition(b"\0")[2].partition(b"\0")[2])
    return True


def _is_short(packed: bytes) -> bool:
    try:
        size, is_whole = packed_size([packed], enough=_LONGEST_TEXT)
    except zlib.error:
        return False
    return is_whole and size < _LONGEST_TEXT
