import numpy as np
import pytest

from configs.errors import InputError
from selection_assets.stages.selection.scorers.classification import UNCERTAINTIES
from selection_assets.stages.selection.scorers.detection import (
    box_uncertainty,
    checked_boxes,
    detection_scores,
    object_frequency,
    objectness_least_confidence,
    probabilities_from_scores,
)


def test_object_frequency() -> None:
    # image 0: labels {0: 3, 1: 1} -> 1.5 + 1 = 2.5; image 1: one object -> 1; image 2: none -> 0
    labels, image = np.array([0, 0, 1, 0, 4]), np.array([0, 0, 0, 0, 1])
    scores = object_frequency(labels, image, 3, frequency_penalty=0.25, min_score=0.9)
    np.testing.assert_allclose(scores, [1.0, 0.9 + 0.1 * 1 / 2.5, 0.9])


@pytest.mark.parametrize(("penalty", "expected"), [(1.0, [1.0, 0.0]), (0.0, [1.0, 1.0])])
def test_object_frequency_counts_objects_or_classes(penalty: float, expected: list[float]) -> None:
    scores = object_frequency(np.array([2, 2, 2, 0]), np.array([0, 0, 0, 1]), 2, frequency_penalty=penalty, min_score=0)
    np.testing.assert_allclose(scores, expected)


def test_object_frequency_of_nothing() -> None:
    empty = np.empty(0, np.int64)
    assert object_frequency(empty, empty, 2).tolist() == [1.0, 1.0]
    assert object_frequency(empty, empty, 0).tolist() == []


@pytest.mark.parametrize("bad", [{"frequency_penalty": 1.1}, {"min_score": -0.1}, {"min_score": "high"}])
def test_object_frequency_bounds(bad: dict[str, float]) -> None:
    with pytest.raises(InputError, match="scorer_config"):
        object_frequency(np.array([0]), np.array([0]), 1, **bad)


def test_objectness() -> None:
    scores = objectness_least_confidence(np.array([0.9, 0.5, 1.0]), np.array([0, 0, 2]), 4)
    np.testing.assert_allclose(scores, [0.3, 0.0, 0.0, 0.0])


@pytest.mark.parametrize("name", UNCERTAINTIES)
def test_box_uncertainty_is_that_of_the_worst_box(name: str) -> None:
    p = np.array([[0.9, 0.1], [0.6, 0.4], [1.0, 0.0]])
    scores = box_uncertainty(name, p, np.array([0, 0, 1]), 3)
    np.testing.assert_allclose(scores, [UNCERTAINTIES[name](p).max(), 0.0, 0.0])


def test_probabilities_from_scores() -> None:
    labels, image = np.array([2, 0, 0]), np.array([0, 0, 1])
    p, widths = probabilities_from_scores(labels, np.array([0.8, 0.5, 0.7]), image)
    np.testing.assert_allclose(p, [[0.1, 0.1, 0.8], [0.5, 0.25, 0.25], [0.7, 0.3, 0.0]])
    assert widths.tolist() == [3, 3, 2]
    p, widths = probabilities_from_scores(labels, np.array([0.8, 0.5, 0.7]), image, n_classes=5)
    assert p.shape == (3, 5)
    np.testing.assert_allclose(p.sum(axis=1), 1.0)
    with pytest.raises(InputError, match="label 2"):
        probabilities_from_scores(labels, np.array([0.8, 0.5, 0.7]), image, n_classes=2)


def test_scores_without_probabilities_use_the_classes_of_the_image() -> None:
    scores = detection_scores(np.array([2, 0]), np.array([0.4, 0.7]), np.array([0, 1]), 3)
    assert scores["uncertainty_least_confidence"] == pytest.approx([0.6 / (2 / 3), 0.3 / 0.5, 0.0])
    assert set(scores) == {"object_frequency", "objectness_least_confidence", *UNCERTAINTIES}


def test_no_boxes_at_all() -> None:
    empty = np.empty(0, np.int64)
    scores = detection_scores(empty, np.empty(0), empty, 2)
    assert scores["uncertainty_entropy"].tolist() == [0.0, 0.0]
    assert scores["objectness_least_confidence"].tolist() == [0.0, 0.0]


def test_boxes_are_clipped_and_checked() -> None:
    assert checked_boxes(np.array([[-0.1, 0.2, 0.5, 1.4]])).tolist() == [[0.0, 0.2, 0.5, 1.0]]
    for bad in ([0.5, 0.2, 0.5, 0.9], [0.1, 0.9, 0.5, 0.2], [1.1, 0, 1.2, 1], [np.nan, 0, 1, 1]):
        with pytest.raises(InputError, match="box 0"):
            checked_boxes(np.array([bad]))
    with pytest.raises(InputError, match="four numbers"):
        checked_boxes(np.zeros((1, 3)))
