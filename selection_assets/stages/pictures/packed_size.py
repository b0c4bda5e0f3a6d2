"""How much a zlib stream holds, without keeping any of it. Source: RFC 1950."""

import zlib
from collections.abc import Iterable

_BLOCK = 1 << 20


def packed_size(parts: Iterable[bytes], enough: int | None = None) -> tuple[int, bool]:
    """(bytes, whether the stream has its end and the right checksum).

    Args:
        parts: of the stream, in their order.
        enough: stop as soon as there are that many, whatever follows.

    Raises:
        zlib.error: the stream is broken.
    """
    unpacking, size = zlib.decompressobj(), 0
    for part in parts:
        rest = part
        while rest and not unpacking.eof:
            size += len(unpacking.decompress(rest, _BLOCK))
            rest = unpacking.unconsumed_tail
            if enough is not None and size >= enough:
                return size, unpacking.eof
    return size, unpacking.eof
