"""Oddities of JPEGs about which libjpeg warns although the picture is whole, and how to mend them in a copy.

The texts are those of libjpeg's `jerror.h`.
"""

import re
from collections.abc import Iterator

# Cameras leave a few stray bytes before a marker; broken data leave dozens (29 or more in 70 of 71 trials).
STRAY_BYTES_TOLERATED = 16
_STRAY_BYTES = re.compile(r"(\d+) extraneous bytes before marker 0x([0-9a-f]{2})")
_ADOBE = "Unknown Adobe color transform code"
_JFIF = "Warning: unknown JFIF revision"
_SCAN = "Invalid SOS parameters"
_PROGRESSION = "Inconsistent progression sequence"
_START_OF_SCAN = b"\xff\xda"
_PLACES = 8  # of stray bytes that are tried; each costs one decoding


def is_harmless(message: str) -> bool:
    """Whether this warning of libjpeg leaves the picture whole."""
    stray = _STRAY_BYTES.search(message)
    if stray:
        return int(stray[1]) <= STRAY_BYTES_TOLERATED
    return message.startswith((_ADOBE, _JFIF, _SCAN, _PROGRESSION))


def mended(data: bytes, message: str) -> list[bytes]:
    """Copies one of which should no longer give rise to this harmless warning; empty where no way is known.

    The compressed data of each copy decode as before, code by code, so that further warnings are about the original.
    The pixels stay as they are too, except where the message is about progression.
    """
    if message.startswith(_JFIF):
        at = data.find(b"JFIF\0")
        return [_replaced(data, at + 5, b"\1\1")] if at > 0 else []
    if message.startswith(_ADOBE):
        # What libjpeg assumes: YCbCr for three channels, YCCK for four.
        at = data.find(b"\xff\xee\0\x0eAdobe")
        return [_replaced(data, at + 15, transform) for transform in (b"\1", b"\2")] if at > 0 else []
    if message.startswith(_SCAN):
        copy = bytearray(data)
        for _, end in _scans(data):
            copy[end - 3 : end] = b"\0\x3f\0"
        return [bytes(copy)]
    if message.startswith(_PROGRESSION):
        return _with_steady_progression(data)
    stray = _STRAY_BYTES.search(message)
    return _without_stray_bytes(data, int(stray[1]), bytes.fromhex(f"ff{stray[2]}")) if stray else []


def keeps_pixels(message: str) -> bool:
    """Whether the copies of `mended` have the pixels of the original."""
    return not message.startswith(_PROGRESSION)


def _replaced(data: bytes, at: int, by: bytes) -> bytes:
    return data[:at] + by + data[at + len(by) :]


def _scans(data: bytes) -> Iterator[tuple[int, int]]:
    """(start, end) of the header of each scan. In compressed data 0xff is followed by 0, so no marker is among them."""
    at = data.find(_START_OF_SCAN)
    while at >= 0 and at + 4 <= len(data):
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if end <= len(data) and end - at == 8 + 2 * data[at + 4] and data[at + 4] <= 4:
            yield at, end
        at = data.find(_START_OF_SCAN, at + 2)


def _with_steady_progression(data: bytes) -> list[bytes]:
    """With each refining scan said to begin at the bit where the scan before it ended."""
    copy = bytearray(data)
    reached: dict[tuple[int, int], int] = {}  # (channel, coefficient) -> lowest bit so far
    for start, end in _scans(data):
        channels = [data[start + 5 + 2 * n] for n in range(data[start + 4])]
        first, last, bits = data[end - 3], min(data[end - 2], 63), data[end - 1]
        keys = [(channel, coefficient) for channel in channels for coefficient in range(first, last + 1)]
        expected = {reached.get(key, 0) for key in keys}
        low = bits & 15
        if bits >> 4 and len(expected) == 1 and (high := expected.pop()) > 0:
            low = high - 1
            copy[end - 1] = high << 4 | low
        reached.update(dict.fromkeys(keys, low))
    return [bytes(copy)] if copy != data else []


def _without_stray_bytes(data: bytes, number: int, marker: bytes) -> list[bytes]:
    """Without the bytes before one of the markers; the last marker first, for there cameras leave them."""
    copies: list[bytes] = []
    at = data.rfind(marker)
    while at > number and len(copies) < _PLACES:
        copies.append(data[: at - number] + data[at:])
        at = data.rfind(marker, 0, at)
    return copies
