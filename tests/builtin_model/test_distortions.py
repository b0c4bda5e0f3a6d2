import numpy as np
import pytest
from PIL import Image

from builtin_model.distortions import DISTORTIONS
from builtin_model.pictures import picture


@pytest.mark.parametrize("name", DISTORTIONS)
def test_a_distortion_changes_the_picture_as_its_generator_says(name: str) -> None:
    original = Image.fromarray(picture(31, 2))
    first, again, other = (DISTORTIONS[name](original, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first.mode == "RGB"
    assert np.array_equal(np.asarray(first), np.asarray(again))
    assert first.size != original.size or not np.array_equal(np.asarray(first), np.asarray(original))
    if name != "mirror":
        assert first.size != other.size or not np.array_equal(np.asarray(first), np.asarray(other))
    resized = np.asarray(first.resize(original.size), np.float64)
    assert np.corrcoef(resized.ravel(), np.asarray(original, np.float64).ravel())[0, 1] > 0.0


def test_turned_pictures_have_no_black_corners() -> None:
    white = Image.new("RGB", (100, 100), "white")
    for seed in range(20):
        assert np.asarray(DISTORTIONS["turn"](white, np.random.default_rng(seed))).min() > 0
