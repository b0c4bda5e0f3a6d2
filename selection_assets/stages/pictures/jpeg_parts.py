"""A JPEG as several grey ones, so that the damage in its compressed data is heard of.

For JPEGs that simplejpeg refuses because of an uncommon ratio of colour resolutions (CMYK with one channel finer than
the others, say). To a decoder, the blocks of a scan of several channels are the blocks of one channel, if all of them
use the same tables of codes; and the scans of one channel are a picture of their own. Colours and sizes are those of
nobody: only whether the parts decode counts. Source: ITU-T T.81, annexes B and G.
"""

import struct
from dataclasses import dataclass, field

_SEQUENTIAL, _PROGRESSIVE = (0xC0, 0xC1), 0xC2
_TABLES, _RESTART, _START_OF_SCAN, _END = 0xC4, 0xDD, 0xDA, 0xD9
_LONGEST_SIDE = 65_500
# All steps 1; and one table of codes, number 3, by which a zero is a single bit.
_STEPS = b"\xff\xdb" + struct.pack(">HB", 67, 0) + b"\1" * 64
_ONE_BIT_CODES = b"\xff\xc4" + struct.pack(">HB", 20, 0x03) + b"\1" + bytes(15) + b"\0"


@dataclass
class _Channel:
    number: int
    across: int  # blocks per unit of a scan of several channels
    down: int


@dataclass
class _Part:
    """A grey JPEG under construction."""

    width: int
    height: int
    content: list[bytes] = field(default_factory=list)
    seen_tables: int = 0  # of all tables of codes so far, how many it holds already


def grey_parts(data: bytes) -> list[bytes]:
    """The parts that can be told apart; scans of several channels with different tables are left out.

    A part ends without its last marker where `data` do.
    """
    marker, frame = _frame(data)
    if marker is None:
        return []
    height, width = struct.unpack(">HH", frame[1:5])
    channels = [_Channel(frame[at], frame[at + 1] >> 4, frame[at + 1] & 15) for at in range(6, len(frame) - 2, 3)]
    most_across = max(channel.across for channel in channels)
    most_down = max(channel.down for channel in channels)
    if not most_across or not most_down:
        return []
    units = -(-width // (8 * most_across)), -(-height // (8 * most_down))
    parts: dict[tuple[int, ...], _Part] = {}
    tables: list[bytes] = []
    interval = 0
    for kind, body, packed in _segments(data):
        if kind == _TABLES:
            tables.append(body)
        elif kind == _RESTART and len(body) == 2:
            interval = int.from_bytes(body, "big")
        elif kind == _START_OF_SCAN and body:
            count = body[0]
            members = [channel for n in range(count) for channel in channels if body[1 + 2 * n] == channel.number]
            codes = {body[2 + 2 * n] for n in range(count)}
            if not members or len(members) != count or (count > 1 and len(codes) > 1):
                continue
            blocks = sum(channel.across * channel.down for channel in members) if count > 1 else 1
            if count > 1:
                size = (8 * blocks * units[0], 8 * units[1])
            else:
                size = (-(-width * members[0].across // most_across), -(-height * members[0].down // most_down))
            if max(size) > _LONGEST_SIDE or interval * blocks > 0xFFFF:
                continue
            part = parts.setdefault(tuple(channel.number for channel in members), _Part(*size))
            if not part.content and marker == _PROGRESSIVE and body[-3] > 0:
                part.content.append(_empty_first_scan(*size))
            new_tables = b"".join(b"\xff\xc4" + struct.pack(">H", len(b) + 2) + b for b in tables[part.seen_tables :])
            part.seen_tables = len(tables)
            start = b"\xff\xda" + struct.pack(">HBBB", 8, 1, 1, body[2]) + body[-3:]
            part.content.append(new_tables + _restart(interval * blocks) + start + packed)
    return [_assembled(part, marker, frame[0]) for part in parts.values()]


def _assembled(part: _Part, marker: int, bits: int) -> bytes:
    frame = struct.pack(">BBHBHHBBBB", 0xFF, marker, 11, bits, part.height, part.width, 1, 1, 0x11, 0)
    return b"".join((b"\xff\xd8", _STEPS, frame, *part.content, b"\xff\xd9"))


def _empty_first_scan(width: int, height: int) -> bytes:
    """A progressive scan of all first coefficients, which are 0; without it the others come out of order."""
    blocks = -(-width // 8) * -(-height // 8)
    bits = bytearray(-(-blocks // 8))
    if blocks % 8:
        bits[-1] = (1 << (8 - blocks % 8)) - 1
    return _ONE_BIT_CODES + _restart(0) + b"\xff\xda" + struct.pack(">HBBBBBB", 8, 1, 1, 0x30, 0, 0, 0) + bytes(bits)


def _restart(interval: int) -> bytes:
    return b"\xff\xdd" + struct.pack(">HH", 4, interval)


def _frame(data: bytes) -> tuple[int | None, bytes]:
    for kind, body, _ in _segments(data):
        if kind in (*_SEQUENTIAL, _PROGRESSIVE) and len(body) > 8:
            return kind, body
        if kind == _START_OF_SCAN:
            break
    return None, b""


def _segments(data: bytes) -> list[tuple[int, bytes, bytes]]:
    """(marker, body, compressed data behind it) of every part with a length."""
    segments = []
    at = 2
    while (at := data.find(b"\xff", at)) >= 0 and at + 4 <= len(data):
        marker = data[at + 1]
        if marker in (0xFF, 0x00, 0x01) or 0xD0 <= marker <= 0xD8:
            at += 1 if marker == 0xFF else 2
            continue
        if marker == _END:
            break
        end = at + 2 + max(2, data[at + 2] << 8 | data[at + 3])
        body = data[at + 4 : end]
        at = end
        if marker == _START_OF_SCAN:
            # To the next marker that is neither a stuffed zero nor a restart.
            while (at := data.find(b"\xff", at)) >= 0 and data[at + 1 : at + 2] in _WITHIN:
                at += 1 if data[at + 1 : at + 2] == b"\xff" else 2
            at = len(data) if at < 0 else at
        segments.append((marker, body, data[end:at]))
    return segments


_WITHIN = (b"\0", b"\xff", *(bytes([marker]) for marker in range(0xD0, 0xD8)))
