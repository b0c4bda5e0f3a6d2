import numpy as np
import pytest

from configs.errors import InputError
from selection_assets.stages.embedding.weak_labels import append_weak_labels

VECTORS = np.arange(6, dtype=np.float32).reshape(3, 2)


def test_one_column_per_label() -> None:
    joined = append_weak_labels(VECTORS, np.array([2, 0, 2]))
    assert joined.dtype == np.float32
    assert joined.tolist() == [[0, 1, 0, 0, 1], [2, 3, 1, 0, 0], [4, 5, 0, 0, 1]]


def test_a_datapool_fixes_the_number_of_columns() -> None:
    assert append_weak_labels(VECTORS, np.array([0, 0, 1]), n_labels=4).shape == (3, 6)
    with pytest.raises(InputError, match="label 4 has no column among the 4"):
        append_weak_labels(VECTORS, np.array([0, 4, 1]), n_labels=4)
    with pytest.raises(InputError, match="label -1"):
        append_weak_labels(VECTORS, np.array([0, -1, 1]))


def test_no_rows() -> None:
    assert append_weak_labels(np.empty((0, 2), np.float32), np.empty(0, np.int64), n_labels=3).shape == (0, 5)
