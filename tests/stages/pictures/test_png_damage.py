import random

from selection_assets.stages.pictures.png_damage import png_damage
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
