"""Scores of keypoint detection, one per image in [0, 1]."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from configs.errors import InputError


def mean_uncertainty(keypoints: Sequence[Sequence[float]], image: NDArray[np.int64], n: int) -> NDArray[np.float64]:
    """m instances of keypoints [x, y, c, x, y, c, …], image (m,) -> (n,): 1 - the mean over the instances of an image
    of the mean confidence c of their keypoints; 0 without instances.

    Raises InputError for a length that is no multiple of 3, for no keypoints, and for confidences outside [0, 1].
    """
    means = np.empty(len(keypoints))
    for i, instance in enumerate(keypoints):
        if not len(instance) or len(instance) % 3:
            raise InputError(f"predictions: instance {i} has {len(instance)} numbers; keypoints are x, y, confidence")
        confidence = np.asarray(instance[2::3], float)
        if not ((confidence >= 0) & (confidence <= 1)).all():
            raise InputError(f"predictions: instance {i} has a keypoint confidence outside [0, 1]")
        means[i] = confidence.mean()
    counts = np.bincount(image, minlength=n)
    sums = np.bincount(image, means, minlength=n)
    return np.where(counts > 0, 1 - sums / np.maximum(counts, 1), 0.0)
