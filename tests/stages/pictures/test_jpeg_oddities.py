import pytest

from selection_assets.stages.pictures.jpeg_oddities import is_harmless, keeps_pixels, mended

ADOBE = "Unknown Adobe color transform code 9"
JFIF = "Warning: unknown JFIF revision number 2.07"
SCAN = "Invalid SOS parameters for sequential JPEG"
PROGRESSION = "Inconsistent progression sequence for component 1 coefficient 1"


def stray(number: int, marker: str = "d9") -> str:
    return f"Corrupt JPEG data: {number} extraneous bytes before marker 0x{marker}"


@pytest.mark.parametrize("message", [ADOBE, JFIF, SCAN, PROGRESSION, stray(1), stray(16), stray(3, "da")])
def test_harmless_messages(message: str) -> None:
    assert is_harmless(message)


@pytest.mark.parametrize(
    "message",
    [
        stray(17),
        stray(100),
        "Corrupt JPEG data: bad Huffman code",
        "Corrupt JPEG data: premature end of data segment",
        "Corrupt JPEG data: found marker 0xd9 instead of RST0",
        "Premature end of JPEG file",
        f"x {ADOBE}",
        "",
    ],
)
def test_messages_of_damage(message: str) -> None:
    assert not is_harmless(message)


@pytest.mark.parametrize(
    ("message", "kept"), [(ADOBE, True), (JFIF, True), (SCAN, True), (stray(3), True), (PROGRESSION, False)]
)
def test_which_mending_keeps_the_pixels(message: str, kept: bool) -> None:
    assert keeps_pixels(message) == kept


def test_another_revision_of_jfif_becomes_1_1() -> None:
    assert mended(b"\xff\xd8..JFIF\0\2\7rest", JFIF) == [b"\xff\xd8..JFIF\0\1\1rest"]
    assert mended(b"\xff\xd8..JF", JFIF) == []


def test_an_unknown_transform_becomes_one_of_the_two_known_ones() -> None:
    head = b"\xff\xd8\xff\xee\0\x0eAdobe\0\x64\0\0\0\0"
    assert mended(head + b"\x09rest", ADOBE) == [head + b"\1rest", head + b"\2rest"]
    assert mended(b"\xff\xd8Adobe", ADOBE) == []


def scan(*channels: int, first: int = 0, last: int = 63, bits: int = 0) -> bytes:
    body = bytes([len(channels), *(value for channel in channels for value in (channel, 0)), first, last, bits])
    return b"\xff\xda" + (len(body) + 2).to_bytes(2, "big") + body


def test_scans_of_a_sequential_picture_get_the_usual_parameters() -> None:
    data = b"\xff\xd8" + scan(1, last=62) + b"codes" + scan(1, 2, 3, first=1, bits=0x21) + b"more"
    assert mended(data, SCAN) == [b"\xff\xd8" + scan(1) + b"codes" + scan(1, 2, 3) + b"more"]
    # No scan: five channels, a length that does not fit, an end that is missing.
    for other in (scan(1, 2, 3, 4, 5, last=62), scan(1, last=62)[:-1], b"\xff\xda\0\x09\1\1\0\0\x3e\0\0", b"\xff\xda"):
        assert mended(b"\xff\xd8" + other, SCAN) == [b"\xff\xd8" + other]
    four = b"\xff\xd8" + scan(1, 2, 3, 4)
    assert mended(b"\xff\xd8" + scan(1, 2, 3, 4, last=62), SCAN) == [four]


def test_refining_scans_are_said_to_begin_where_the_one_before_ended() -> None:
    start = scan(1, first=1, bits=0x02)  # bits 2 and up
    assert mended(start + scan(1, first=1, bits=0x32), PROGRESSION) == [start + scan(1, first=1, bits=0x21)]
    assert mended(start + scan(1, first=1, bits=0x21), PROGRESSION) == []  # as it should be
    assert mended(start + scan(1, first=1, bits=0x00), PROGRESSION) == []  # no refining scan
    assert mended(start + scan(2, first=1, bits=0x32), PROGRESSION) == []  # nothing was there to be refined
    # Coefficients that stand at different bits cannot be refined by one scan.
    apart = scan(1, first=1, last=5, bits=0x02) + scan(1, first=6, last=63, bits=0x01)
    assert mended(apart + scan(1, first=1, bits=0x32), PROGRESSION) == []
    assert mended(apart + scan(1, first=1, last=5, bits=0x32), PROGRESSION) == [
        apart + scan(1, first=1, last=5, bits=0x21)
    ]
    # Each refining scan counts for the next one; a last coefficient beyond 63 counts as 63.
    two = scan(1, first=1, bits=0x21) + scan(1, first=1, last=70, bits=0x10)
    assert mended(start + scan(1, first=1, bits=0x32) + scan(1, first=1, last=70, bits=0x21), PROGRESSION) == [
        start + two
    ]
    both = scan(1, 2, bits=0x01)
    assert mended(both + scan(2, bits=0x21), PROGRESSION) == [both + scan(2, bits=0x10)]


def test_stray_bytes_are_taken_out_before_the_last_markers_first() -> None:
    data = b"\xff\xd8abc\xff\xd9defg\xff\xd9"
    assert mended(data, stray(3)) == [b"\xff\xd8abc\xff\xd9d\xff\xd9", b"\xff\xd8\xff\xd9defg\xff\xd9"]
    assert mended(b"abc\xff\xd9", stray(3)) == []  # nothing would be left
    assert mended(data, stray(3, "da")) == []
    assert len(mended(b"\xff\xd8" + b"abc\xff\xd9" * 20, stray(3))) == 8


def test_another_message_is_not_mended() -> None:
    assert mended(b"\xff\xd8", "Corrupt JPEG data: bad Huffman code") == []
