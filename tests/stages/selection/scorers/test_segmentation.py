import numpy as np
import pytest

from configs.errors import InputError
from selection_assets.stages.selection.scorers.classification import UNCERTAINTIES
from selection_assets.stages.selection.scorers.segmentation import pixel_scores, run_length_areas, segment_scores


def test_pixels() -> None:
    p = np.random.default_rng(0).dirichlet(np.ones(4), size=(3, 5))
    for name, score in pixel_scores(p).items():
        singles = [UNCERTAINTIES[name](p[i, j][None])[0] for i in range(3) for j in range(5)]
        assert score == pytest.approx(np.mean(singles))
    with pytest.raises(InputError, match="W, H, C"):
        pixel_scores(p[0])


def test_segments_equal_their_pixels() -> None:
    p = np.array([[0.7, 0.2, 0.1], [0.4, 0.3, 0.3], [0.5, 0.5, 0.0]])
    scores = segment_scores(p, np.array([3, 1, 7]), np.array([0, 0, 2]), 3)
    painted = np.concatenate([np.repeat(p[:1], 3, axis=0), p[1:2]])[:, None, :]
    for name, score in pixel_scores(painted).items():
        np.testing.assert_allclose(scores[name], [score, 0.0, UNCERTAINTIES[name](p[2:])[0]])


def test_run_lengths() -> None:
    assert run_length_areas(np.array([0, 2, 2, 2]), 3, 2) == 4
    assert run_length_areas(np.array([3, 1]), 2, 2) == 1
    with pytest.raises(InputError, match="sum to 5"):
        run_length_areas(np.array([4, 1]), 2, 2)
