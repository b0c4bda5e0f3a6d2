"""Scores of object detections, one per image in [0, 1]. Detections of all images come in flat arrays of m boxes.

`image` (m,) is the row of the image of each box, n the number of images; an image without boxes scores 0 unless said
otherwise. Box uncertainty follows C.-A. Brust, C. Käding, J. Denzler, "Active learning for deep object detection",
2018 (the maximum over the boxes).
"""

import numpy as np
from numpy.typing import NDArray

from configs.errors import InputError
from selection_assets.stages.selection.scorers.classification import UNCERTAINTIES

Floats = NDArray[np.float64]


def object_frequency(
    labels: NDArray[np.int64],
    image: NDArray[np.int64],
    n: int,
    *,
    frequency_penalty: float = 0.25,
    min_score: float = 0.9,
) -> Floats:
    """(m,), (m,) -> (n,): many objects, and many kinds of them, score high.

    v = Σ over the classes of an image of 1 + penalty · (count - 1): with penalty 1 the number of objects, with 0 the
    number of classes. The score maps [min v, max v] over the dataset onto [min_score, 1]; where all v are equal it is
    1. It depends on the whole dataset. Raises InputError for a penalty or a minimum outside [0, 1].
    """
    for name, value in (("frequency_penalty", frequency_penalty), ("min_score", min_score)):
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise InputError(f"scorer_config.{name}: {value!r} is not a number between 0 and 1")
    if not n:
        return np.empty(0)
    pairs, counts = np.unique(np.stack([image, labels], axis=1).reshape(-1, 2), axis=0, return_counts=True)
    values = np.bincount(pairs[:, 0], 1 + frequency_penalty * (counts - 1), minlength=n)
    lowest, highest = values.min(), values.max()
    if lowest == highest:
        return np.ones(n)
    scores: Floats = min_score + (1 - min_score) * (values - lowest) / (highest - lowest)
    return scores


def objectness_least_confidence(scores: NDArray[np.floating], image: NDArray[np.int64], n: int) -> Floats:
    """(m,), (m,) -> (n,): 1 - the mean score of the boxes of an image, score = objectness · largest probability."""
    counts = np.bincount(image, minlength=n)
    sums = np.bincount(image, np.nan_to_num(scores.astype(np.float64)), minlength=n)
    return np.where(counts > 0, np.clip(1 - sums / np.maximum(counts, 1), 0, 1), 0.0)


def box_uncertainty(
    name: str,
    probabilities: NDArray[np.floating],
    image: NDArray[np.int64],
    n: int,
    widths: NDArray[np.int64] | None = None,
) -> Floats:
    """(m, C), (m,) -> (n,): the largest uncertainty of the boxes of an image; `name` as in `classification`.

    widths (m,): how many of the C classes exist for the box; None: all.
    """
    out = np.zeros(n)
    if widths is None:
        np.maximum.at(out, image, UNCERTAINTIES[name](probabilities))
        return out
    for width in np.unique(widths):
        of_width = widths == width
        np.maximum.at(out, image[of_width], UNCERTAINTIES[name](probabilities[of_width, :width]))
    return out


def detection_scores(
    labels: NDArray[np.int64],
    scores: NDArray[np.floating],
    image: NDArray[np.int64],
    n: int,
    *,
    probabilities: NDArray[np.floating] | None = None,
    n_classes: int | None = None,
) -> dict[str, Floats]:
    """All scores of detection by name, each (n,). Without `probabilities` (m, C) they are made up from the scores."""
    widths = None
    if probabilities is None:
        probabilities, widths = probabilities_from_scores(labels, scores, image, n_classes)
    return {
        "object_frequency": object_frequency(labels, image, n),
        "objectness_least_confidence": objectness_least_confidence(scores, image, n),
        **{name: box_uncertainty(name, probabilities, image, n, widths) for name in UNCERTAINTIES},
    }


def probabilities_from_scores(
    labels: NDArray[np.int64],
    scores: NDArray[np.floating],
    image: NDArray[np.int64],
    n_classes: int | None = None,
) -> tuple[Floats, NDArray[np.int64]]:
    """(m,), (m,), (m,) -> (m, C), (m,) for boxes of which only label and score are known: the score for the label, the
    rest in equal parts for the other classes; and how many classes there are for each box.

    That number is `n_classes`, or without a schema max(largest label of the image, 1) + 1.
    Raises InputError for a label outside of the schema.
    """
    if not len(labels):
        return np.zeros((0, n_classes or 2)), np.zeros(0, np.int64)
    outside = (labels < 0) | (labels >= (np.iinfo(np.int64).max if n_classes is None else n_classes))
    if outside.any():
        raise InputError(f"predictions: label {labels[outside][0]} is not in the schema")
    if n_classes is None:
        largest = np.zeros(int(image.max()) + 1, np.int64)
        np.maximum.at(largest, image, labels)
        widths = np.maximum(largest[image], 1) + 1
    else:
        widths = np.full(len(labels), max(n_classes, 2))
    s = scores.astype(np.float64)
    out = np.repeat(((1 - s) / (widths - 1))[:, None], int(widths.max()), axis=1)
    out[np.arange(out.shape[1])[None, :] >= widths[:, None]] = 0.0
    out[np.arange(len(labels)), labels] = s
    return out, widths


def checked_boxes(boxes: NDArray[np.floating]) -> Floats:
    """(m, 4) boxes x0, y0, x1, y1 relative to the image, clipped to [0, 1].

    Raises InputError for a box that is empty, inside out or not finite, before or after clipping.
    """
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise InputError(f"predictions: expected boxes of four numbers, got the shape {boxes.shape}")
    clipped = np.clip(boxes.astype(np.float64), 0.0, 1.0)
    bad = ~((clipped[:, 0] < clipped[:, 2]) & (clipped[:, 1] < clipped[:, 3]))
    if bad.any():
        first = int(np.argmax(bad))
        raise InputError(f"predictions: box {first} {boxes[first].tolist()} has no area; need x0 < x1 and y0 < y1")
    return clipped
