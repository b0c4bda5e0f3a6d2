from pathlib import Path

import numpy as np

from builtin_model.pictures import SIDE, picture, picture_store

GOLDEN = [
    [139.6, 120.7, 125.7],
    [67.1, 72.9, 64.0],
    [63.1, 73.6, 48.7],
    [145.2, 144.4, 174.2],
    [96.5, 78.7, 82.1],
    [50.0, 58.9, 53.0],
]


def test_the_same_seed_and_number_give_the_same_picture() -> None:
    assert np.array_equal(picture(1, 5), picture(1, 5))
    assert not np.array_equal(picture(1, 5), picture(1, 6))
    assert not np.array_equal(picture(1, 5), picture(2, 5))


def test_pictures_are_those_that_the_published_weights_were_made_from() -> None:
    """Mean colours of the first pictures of seed 1, to within what another version of a library may change."""
    means = np.stack([picture(1, number).mean(axis=(0, 1)) for number in range(6)])
    np.testing.assert_allclose(means, GOLDEN, atol=2.0)


def test_pictures_differ_in_colour_and_contrast() -> None:
    pictures = np.stack([picture(3, number, 48) for number in range(40)]).astype(np.float64)
    assert pictures.mean(axis=(1, 2)).std(axis=0).min() > 30.0
    assert np.median(pictures.std(axis=(1, 2, 3))) > 25.0


def test_the_store_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    file = tmp_path / "pictures.u8"
    whole = np.array(picture_store(file, 5, 4))
    assert np.array_equal(whole[3], picture(4, 3))
    pixels = bytearray(file.read_bytes())
    pixels[2 * SIDE * SIDE * 3 :] = bytes(3 * SIDE * SIDE * 3)  # as if it had been killed after two pictures
    pixels[0] ^= 255  # shows whether the finished ones are kept
    file.write_bytes(pixels)
    file.with_suffix(".done").write_text("2", encoding="ascii")
    again = picture_store(file, 5, 4)
    assert np.array_equal(again[2:], whole[2:])
    assert again[0, 0, 0, 0] == whole[0, 0, 0, 0] ^ 255


def test_a_store_of_another_length_is_drawn_anew(tmp_path: Path) -> None:
    file = tmp_path / "pictures.u8"
    picture_store(file, 2, 4)
    assert np.array_equal(picture_store(file, 3, 4)[2], picture(4, 2))
