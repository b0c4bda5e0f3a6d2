import colorsys

import numpy as np

from builtin_model.colours import colour_map, hsv_to_rgb, palette, unit_range


def test_hsv_equals_the_standard_library() -> None:
    rng = np.random.default_rng(0)
    hue, saturation, value = rng.random((3, 200))
    expected = [colorsys.hsv_to_rgb(*row) for row in zip(hue, saturation, value, strict=True)]
    np.testing.assert_allclose(hsv_to_rgb(hue, saturation, value), expected, atol=1e-6)


def test_hue_is_cyclic() -> None:
    one = np.ones(1)
    np.testing.assert_allclose(hsv_to_rgb(one * 1.3, one, one), hsv_to_rgb(one * 0.3, one, one), atol=1e-6)


def test_palettes_are_colours() -> None:
    colours = palette(np.random.default_rng(1), 500)
    assert colours.shape == (500, 3)
    assert colours.min() >= 0.0 and colours.max() <= 1.0


def test_colour_map_goes_through_its_stops() -> None:
    stops = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0]], np.float32)
    field = np.array([[0.0, 0.25, 0.5, 0.75, 1.0]], np.float32)
    np.testing.assert_allclose(
        colour_map(field, stops)[0], np.array([[0, 0, 0], [0.5, 0, 0], [1, 0, 0], [1, 0.5, 0], [1, 1, 0]])
    )


def test_unit_range() -> None:
    assert unit_range(np.array([[2.0, 4.0, 3.0]])).tolist() == [[0.0, 1.0, 0.5]]
    assert unit_range(np.full((2, 2), 7.0)).tolist() == [[0.0, 0.0], [0.0, 0.0]]
