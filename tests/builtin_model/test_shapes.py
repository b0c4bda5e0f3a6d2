from collections.abc import Callable

import numpy as np
import pytest

from builtin_model.colours import Picture
from builtin_model.shapes import dead_leaves, fractal, lay, mask, outline, scene, strokes, textured


@pytest.mark.parametrize("draw", [dead_leaves, scene, strokes, fractal, textured], ids=lambda draw: draw.__name__)
def test_pictures_follow_the_seed(draw: Callable[[np.random.Generator, int], Picture]) -> None:
    pictures = [draw(np.random.default_rng(seed), 40) for seed in range(6)]
    for seed, picture in enumerate(pictures):
        assert picture.shape == (40, 40, 3)
        assert np.isfinite(picture).all()
        assert np.array_equal(picture, draw(np.random.default_rng(seed), 40))
    assert not np.array_equal(pictures[0], pictures[1])
    assert np.mean([picture.std() for picture in pictures]) > 0.05


def test_mask_covers_the_area_of_its_outline() -> None:
    box = np.array([[10.0, 5.0], [30.0, 5.0], [30.0, 15.0], [10.0, 15.0]])
    cover = mask(box, 40)
    assert cover.sum() == pytest.approx(20 * 10, rel=0.1)
    assert cover[10, 20] == 1.0 and cover[20, 20] == 0.0


def test_outlines_lie_around_their_centre() -> None:
    for seed in range(50):
        shape = outline(np.random.default_rng(seed), (20.0, 30.0), 5.0)
        assert len(shape) >= 3
        assert np.hypot(*(shape - [20.0, 30.0]).T).max() < 5.0 * 4


def test_lay_hides_what_is_behind() -> None:
    cover = np.array([[0.0, 0.5, 1.0]], np.float32)
    laid = lay(np.zeros((1, 3, 3), np.float32), cover, np.full((1, 3, 3), 0.8, np.float32))
    np.testing.assert_allclose(laid[0, :, 0], [0.0, 0.4, 0.8])
