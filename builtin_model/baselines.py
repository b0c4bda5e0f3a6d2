"""What the model is compared with: a colour histogram and HOG. Both see the same square pixels as the model.

HOG is scikit-image's (dependency group `bench`).
"""

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]  # (N, S, S, 3)
Vectors = NDArray[np.float32]  # (N, D)

BINS = 8  # per channel


def colour_histogram(pixels: Pixels) -> Vectors:
    """Joint RGB histogram with 8 x 8 x 8 bins, square roots of the shares: cosines are Bhattacharyya coefficients."""
    rows = np.empty((len(pixels), BINS**3), np.float32)
    for row, picture in zip(rows, pixels, strict=True):
        bins = (picture // (256 // BINS)).reshape(-1, 3).astype(np.int64) @ np.array([BINS * BINS, BINS, 1])
        row[:] = np.sqrt(np.bincount(bins, minlength=BINS**3) / len(bins))
    return rows


def hog(pixels: Pixels, cell: int) -> Vectors:
    """Histograms of oriented gradients: 9 directions, cells of `cell` pixels, blocks of 2 x 2 cells, L2-Hys."""
    from skimage.feature import hog as picture_hog

    return np.stack(
        [
            picture_hog(picture, 9, (cell, cell), (2, 2), channel_axis=-1, feature_vector=True).astype(np.float32)
            for picture in pixels
        ]
    )
