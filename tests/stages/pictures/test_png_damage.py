import random
import struct
import zlib

import pytest

from selection_assets.stages.checking.image_check import check_image
from selection_assets.stages.pictures.png_chunks import chunks
from selection_assets.stages.pictures.png_damage import missing_rows, png_damage
from tests.stages.drawn_pictures import encoded, textured

PNG = encoded(textured(60, 40), "PNG")


def test_a_whole_file_has_no_damage() -> None:
    assert png_damage(PNG) is None
    assert png_damage(PNG + b"trailing bytes") is None


def test_every_cut_is_seen() -> None:
    for length in range(8, len(PNG), 97):
        damage = png_damage(PNG[:length])
        assert damage is not None
        assert damage.startswith("truncated: ")
    assert png_damage(PNG[:-4]) == "truncated: 4 bytes missing"


def test_every_flipped_bit_of_the_picture_data_is_seen() -> None:
    rng = random.Random(0)
    start, end = PNG.index(b"IDAT") + 4, PNG.rindex(b"IEND") - 8
    for _ in range(100):
        broken = bytearray(PNG)
        broken[rng.randrange(start, end)] ^= 1 << rng.randrange(8)
        assert png_damage(bytes(broken)) == "damaged: wrong checksum in the IDAT part of the PNG"


# Of Adam7: first column, first row, steps; written a second time here, as the standard's picture shows them.
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
LAYOUTS = [
    *((GREY, depth) for depth in (1, 2, 4, 8, 16)),
    *((PALETTE, depth) for depth in (1, 2, 4, 8)),
    *((colours, depth) for colours in (RGB, GREY_ALPHA, RGB_ALPHA) for depth in (8, 16)),
]
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def stored(width: int, height: int, bits: int, interlaced: bool) -> int:
    """Bytes of all rows with their filters, counted row by row."""
    if not interlaced:
        return sum(1 + (width * bits + 7) // 8 for _ in range(height))
    total = 0
    for left, top, right, down in ADAM7:
        columns = len(range(left, width, right))
        total += sum(1 + (columns * bits + 7) // 8 for _ in range(top, height, down) if columns)
    return total


def made(width: int, height: int, colours: int, depth: int, interlaced: bool, missing: int) -> bytes:
    """A PNG of ones whose compressed data lack `missing` bytes at their end; every checksum is right."""
    rows = b"\0" + b"\1" * 10_000
    size = stored(width, height, depth * CHANNELS[colours], interlaced)
    # Filters are what stands at the beginning of each row: 0 or 1, whatever it is.
    packed = zlib.compress((rows * (1 + size // len(rows)))[: size - missing])
    header = struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, int(interlaced))
    palette = [(b"PLTE", bytes(range(6)))] if colours == PALETTE else []
    return png((b"IHDR", header), *palette, (b"IDAT", packed[:20]), (b"IDAT", packed[20:]), (b"IEND", b""))


def png(*parts: tuple[bytes, bytes]) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        for name, content in parts
    )


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize(("colours", "depth"), LAYOUTS)
def test_rows_that_were_never_written(colours: int, depth: int, interlaced: bool) -> None:
    for width, height in ((1, 1), (3, 2), (8, 8), (5, 9), (4, 16), (33, 17), (200, 70)):
        whole = made(width, height, colours, depth, interlaced, 0)
        assert png_damage(whole) is None
        assert missing_rows(whole) is None
        assert check_image(whole, "a.png", 32, 10**6).reason is None
        words = "truncated: rows of the PNG are missing (1 bytes)"
        cut = made(width, height, colours, depth, interlaced, 1)
        assert missing_rows(cut) == words
        told = check_image(cut, "a.png", 32, 10**6).reason  # of short files Pillow itself says so
        assert told in (words, "truncated: the end of the picture is missing")


def test_one_row_of_many() -> None:
    for height in (2, 97, 200):
        size = stored(96, height, 8, False)
        data = made(96, height, 0, 8, False, size - 97)
        assert check_image(data, "a.png", 32, 10**6).reason == (
            f"truncated: rows of the PNG are missing ({size - 97:,} bytes)"
        )


def test_a_black_last_row_is_no_damage() -> None:
    picture = textured(60, 40)
    picture.paste((0, 0, 0), (0, 30, 60, 40))
    assert check_image(encoded(picture, "PNG"), "a.png", 32, 10**6).reason is None


def test_more_rows_than_the_picture_has_are_not_unpacked() -> None:
    data = made(3, 2, 2, 8, False, -50_000_000)
    assert missing_rows(data) is None


def parts(data: bytes) -> list[tuple[bytes, bytes]]:
    return [(name, data[start:end]) for name, start, end in chunks(data)]


def test_a_palette_that_is_missing_or_comes_too_late() -> None:
    header, palette, *rest = parts(made(5, 9, PALETTE, 8, False, 0))
    for data in (png(header, *rest), png(header, *rest[:-1], palette, rest[-1])):
        result = check_image(data, "a.png", 32, 10**6)
        assert (result.reason, result.reason_class) == ("damaged: the palette of the PNG is missing", "DamagedData")


def test_a_png_that_does_not_begin_with_its_header() -> None:
    """Some readers find it wherever it is, but at its place stand other numbers."""
    header, *rest = parts(made(5, 9, RGB, 8, False, 0))
    data = png((b"tEXt", b"Comment\0a first remark"), header, *rest)
    assert check_image(data, "a.png", 32, 10**6).reason == "damaged: the PNG does not begin with its header"


def test_the_variant_of_ios_apps_is_whole_but_not_supported() -> None:
    for data in (made(5, 9, RGB, 8, False, 0), made(5, 9, RGB_ALPHA, 8, False, 0)):
        result = check_image(png((b"CgBI", b"P\0 \6"), *parts(data)), "a.png", 32, 10**6)
        assert result.reason == "the PNG variant of iOS apps (CgBI) is not supported"
        assert result.reason_class == "UnsupportedPicture"
