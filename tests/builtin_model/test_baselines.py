import numpy as np
import pytest

from builtin_model.baselines import colour_histogram, hog


def test_colour_histogram_counts_joint_colours() -> None:
    pixels = np.zeros((1, 2, 2, 3), np.uint8)
    pixels[0, 0, 0] = (255, 31, 32)
    (row,) = colour_histogram(pixels)
    assert row[0] == pytest.approx(np.sqrt(0.75))
    assert row[7 * 64 + 0 * 8 + 1] == pytest.approx(0.5)
    assert (row > 0).sum() == 2


def test_hog_of_two_directions_differs() -> None:
    pytest.importorskip("skimage", reason="scikit-image is in the dependency group bench")
    stripes = np.zeros((2, 32, 32, 3), np.uint8)
    stripes[0, :, ::8] = 255
    stripes[1, ::8] = 255
    upright, level = hog(stripes, 8)
    assert upright.shape == (3 * 3 * 2 * 2 * 9,)
    assert upright @ level < 0.1 * (upright @ upright)
