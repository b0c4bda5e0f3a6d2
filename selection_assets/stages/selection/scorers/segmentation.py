"""Scores of semantic segmentation, one per image in [0, 1]: the mean uncertainty of its pixels."""

import numpy as np
from numpy.typing import NDArray

from configs.errors import InputError
from selection_assets.stages.selection.scorers.classification import UNCERTAINTIES

Floats = NDArray[np.float64]


def pixel_scores(probabilities: NDArray[np.floating]) -> dict[str, float]:
    """(W, H, C) class probabilities of every pixel -> all scores of segmentation by name."""
    if probabilities.ndim != 3:
        raise InputError(f"predictions: expected probabilities of shape (W, H, C), got {probabilities.shape}")
    flat = probabilities.reshape(-1, probabilities.shape[2])
    return {name: float(f(flat).mean()) if len(flat) else 0.0 for name, f in UNCERTAINTIES.items()}


def segment_scores(
    probabilities: NDArray[np.floating], areas: NDArray[np.floating], image: NDArray[np.int64], n: int
) -> dict[str, Floats]:
    """Scores (n,) by name from m segments: probabilities (m, C) of each, its area in pixels (m,), its image (m,).

    The mean over the pixels of all segments, which is the mean over the segments by area; 0 without segments.
    """
    total = np.bincount(image, areas, minlength=n)
    weighted = {name: np.bincount(image, areas * f(probabilities), minlength=n) for name, f in UNCERTAINTIES.items()}
    return {name: np.where(total > 0, sums / np.where(total > 0, total, 1), 0.0) for name, sums in weighted.items()}


def run_length_areas(runs: NDArray[np.int64], width: int, height: int) -> int:
    """Pixels set by run lengths that start with zeros. Raises InputError when they do not fill the image."""
    if (runs < 0).any() or runs.sum() != width * height:
        raise InputError(f"predictions: run lengths sum to {runs.sum()}, the image has {width * height} pixels")
    return int(runs[1::2].sum())
