import numpy as np
import pytest
from PIL import Image

from selection_assets.stages.checking.image_metrics import colour_statistics, sharpness
from tests.stages.drawn_pictures import textured


def naive_sharpness(grey: np.ndarray) -> float:
    height, width = grey.shape
    values = []
    for y in range(1, height - 1):
        for x in range(1, width - 1):
            total = 0
            for dy in (-1, 0, 1):
                for dx in (-1, 0, 1):
                    total += (8 if dy == dx == 0 else -1) * int(grey[y + dy, x + dx])
            values.append(total)
    return float(np.std(values)) if values else 0.0


@pytest.mark.parametrize("shape", [(3, 3), (3, 20), (17, 23), (40, 31)])
def test_sharpness_is_the_deviation_of_the_laplacian(shape: tuple[int, int]) -> None:
    grey = np.random.default_rng(3).integers(0, 256, shape, dtype=np.uint8)
    assert sharpness(grey) == pytest.approx(naive_sharpness(grey), rel=1e-12)


def test_sharpness_of_extremes() -> None:
    assert sharpness(np.full((9, 9), 200, np.uint8)) == 0.0
    assert sharpness(np.zeros((2, 500), np.uint8)) == 0.0
    board = (np.indices((64, 64)).sum(0) % 2 * 255).astype(np.uint8)
    assert sharpness(board) == pytest.approx(naive_sharpness(board))  # the largest values there are: no overflow


def test_colour_statistics_are_means_and_deviations() -> None:
    pixels = np.asarray(textured(50, 30, seed=5))
    statistics = colour_statistics(Image.fromarray(pixels).histogram())
    assert statistics.channel_means == pytest.approx((pixels / 255).mean(axis=(0, 1)), rel=1e-12)
    assert statistics.channel_stds == pytest.approx((pixels / 255).std(axis=(0, 1)), rel=1e-9)
    assert statistics.snr == pytest.approx(pixels.mean() / pixels.std(), rel=1e-9)


def test_snr_of_one_colour_is_zero() -> None:
    assert colour_statistics(Image.new("RGB", (7, 7), (90, 90, 90)).histogram()).snr == 0.0
