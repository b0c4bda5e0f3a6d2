"""Where the compressed data of a scan end."""

import struct

import pytest

from selection_assets.stages.pictures.jpeg_parts import _segments

SCAN = b"\xff\xda" + struct.pack(">H", 8) + b"\1\1\0\0\x3f\0"
WITHIN = [b"\xff\0", b"\xff\xd0", b"\xff\xd7", b"\xff\xff\0", b"\xff\xff\xff\xd3"]


@pytest.mark.parametrize("within", WITHIN)
@pytest.mark.parametrize("fill", [0, 1, 2, 3])
def test_fill_bytes_and_restarts_do_not_end_a_scan(within: bytes, fill: int) -> None:
    packed = b"abc" + within + b"def"
    data = b"\xff\xd8" + SCAN + packed + b"\xff" * fill + b"\xff\xd9" + b"behind the end"
    (found,) = [each for each in _segments(data) if each[0] == 0xDA]
    assert found[2].rstrip(b"\xff") == packed
