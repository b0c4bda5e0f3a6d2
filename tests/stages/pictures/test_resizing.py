from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from selection_assets.stages.pictures import resizing
from selection_assets.stages.pictures.resizing import resized

needs_the_library = pytest.mark.skipif(resizing.fast is None, reason="cykooz-resizer has no wheel for this machine")


def noise(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def by_pillow(pixels: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR))


@needs_the_library
@settings(max_examples=60, deadline=None)
@given(height=st.integers(1, 400), width=st.integers(1, 400), down=st.floats(0.02, 1), seed=st.integers(0, 99))
def test_as_pillow_but_for_rounding(height: int, width: int, down: float, seed: int) -> None:
    size = max(1, int(width * down)), max(1, int(height * down))
    pixels = noise(height, width, seed)
    found = resized(pixels, *size)
    assert found.shape == (size[1], size[0], 3)
    # Both round after each of two passes, so each is less than 1 off the exact value on either side; 2 is rare.
    away = np.abs(found.astype(int) - by_pillow(pixels, *size))
    assert away.max() <= 2
    assert (away > 1).mean() < 1e-3


def test_without_the_library_pillow_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resizing, "fast", None)
    pixels = noise(90, 70)
    assert np.array_equal(resized(pixels, 35, 20), by_pillow(pixels, 35, 20))


def test_the_same_size_is_the_same_array() -> None:
    pixels = noise(20, 30)
    assert resized(pixels, 30, 20) is pixels


def test_threads_do_not_disturb_each_other() -> None:
    pictures = [noise(100 + k, 150, k) for k in range(40)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda pixels: resized(pixels, 64, 48), pictures))
    for pixels, found in zip(pictures, together, strict=True):
        assert np.array_equal(found, resized(pixels, 64, 48))
