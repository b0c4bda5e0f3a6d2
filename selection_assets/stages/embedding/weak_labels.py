"""Weak labels (the sub-folder of a sample) as further embedding columns, so that selection spreads over the folders.

Only the option `append_weak_labels` belongs here.
"""

import numpy as np
from numpy.typing import NDArray

from configs.errors import InputError


def append_weak_labels(
    vectors: NDArray[np.float32], labels: NDArray[np.int64], n_labels: int | None = None
) -> NDArray[np.float32]:
    """(N, d) and (N,) -> (N, d + n_labels): column d + k is 1 where the label is k, else 0.

    `n_labels` defaults to the largest label plus one; a datapool passes the number it was made with, since its number
    of dimensions may never change. Raises InputError for a label that has no column.
    """
    count = int(labels.max(initial=-1)) + 1 if n_labels is None else n_labels
    if len(labels) and not 0 <= int(labels.min()) <= int(labels.max()) < count:
        bad = int(labels.min()) if labels.min() < 0 else int(labels.max())
        raise InputError(
            f"append_weak_labels: label {bad} has no column among the {count} of the datapool; start a new one, or "
            "set append_weak_labels=False"
        )
    joined = np.zeros((len(vectors), vectors.shape[1] + count), np.float32)
    joined[:, : vectors.shape[1]] = vectors
    joined[np.arange(len(labels)), vectors.shape[1] + labels] = 1.0
    return joined
