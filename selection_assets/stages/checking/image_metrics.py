"""Numbers that describe a decoded picture: sharpness, signal to noise, brightness, colour.

Pure functions of pixels; at which size a picture is measured is decided in `image_check`.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_POWERS = np.arange(256)[:, None] ** np.arange(3)  # (256, 3): 1, v and v² of each value v


@dataclass(frozen=True, slots=True)
class ColourStatistics:
    """Of one picture, over its pixels as RGB."""

    snr: float
    channel_means: tuple[float, float, float]  # on [0, 1]
    channel_stds: tuple[float, float, float]  # on [0, 1]


def sharpness(grey: NDArray[np.uint8]) -> float:
    """Standard deviation of the grey picture (H, W), filtered with the 3×3 Laplacian (centre 8, all neighbours -1).

    Only positions where the whole kernel lies inside the picture count; 0 for a picture under 3 pixels high or wide.
    """
    if min(grey.shape) < 3:
        return 0.0
    values = grey.astype(np.int16)
    rows = values[:-2] + values[1:-1]
    rows += values[2:]  # (H-2, W)
    box = rows[:, :-2] + rows[:, 1:-1]
    box += rows[:, 2:]  # (H-2, W-2), sums of 3×3 pixels
    # Whole numbers far below 2⁵³, so sums are exact and the result is the same on every machine.
    filtered = (9 * values[1:-1, 1:-1] - box).astype(np.float64).ravel()
    n = filtered.size
    # (No dot product: BLAS would wake its threads for it in every decoder process.)
    total, squares = float(filtered.sum()), float(np.einsum("i,i->", filtered, filtered))
    return math.sqrt(n * squares - total * total) / n


def colour_statistics(histogram: list[int]) -> ColourStatistics:
    """From the 3 × 256 counts of an RGB picture (`PIL.Image.histogram`).

    snr = mean / standard deviation over the values of all pixels and channels; 0 when the deviation is 0.
    """
    moments = (np.array(histogram).reshape(3, 256) @ _POWERS).tolist()  # of whole numbers, so BLAS sleeps on
    number = moments[0][0]
    means = [total / number for _, total, _ in moments]
    squares = [total / number for _, _, total in moments]
    stds = [math.sqrt(max(square - mean**2, 0.0)) for square, mean in zip(squares, means, strict=True)]
    mean = sum(means) / 3
    std = math.sqrt(max(sum(squares) / 3 - mean**2, 0.0))
    red, green, blue = (value / 255 for value in means)
    red_std, green_std, blue_std = (value / 255 for value in stds)
    return ColourStatistics(mean / std if std > 1e-6 else 0.0, (red, green, blue), (red_std, green_std, blue_std))
