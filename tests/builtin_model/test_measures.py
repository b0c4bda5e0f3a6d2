import numpy as np
import pytest

from builtin_model.measures import mix_agreement, nearest, neighbours_in_time, same_class, same_picture

VECTORS = np.array([[1, 0], [2, 0.1], [0, 1], [0.2, 5], [-1, 0.5]], np.float32)


def test_nearest_by_cosine() -> None:
    assert nearest(np.array([[5, 0.4], [0, 0.1]], np.float32), VECTORS).tolist() == [1, 2]


def test_forbidden_rows_are_passed_over() -> None:
    assert nearest(VECTORS, VECTORS, np.eye(5, dtype=bool)).tolist() == [1, 0, 3, 2, 2]


def test_same_class_leaves_the_picture_itself_out() -> None:
    assert same_class(VECTORS, np.array([0, 0, 1, 1, 0])) == pytest.approx(4 / 5)


def test_same_picture() -> None:
    copies = np.array([[1, 0.01], [0.1, 1], [-3, 1]], np.float32)
    assert same_picture(copies, VECTORS, np.array([0, 2, 4])) == pytest.approx(2 / 3)


def test_neighbours_in_time() -> None:
    near = neighbours_in_time(np.array([0, 0, 0, 1]), np.array([10, 40, 41, 10]), 30)
    assert near.astype(int).tolist() == [[1, 1, 0, 0], [1, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 1]]


def test_mix_agreement() -> None:
    mix = np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]])
    assert mix_agreement(mix, np.array([1, 1, 0])) == pytest.approx((0.5 + 1.0 + 0.0) / 3)
