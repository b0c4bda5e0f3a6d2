import numpy as np
import pytest

from configs.errors import InputError
from selection_assets.stages.selection.scorers.keypoints import mean_uncertainty


def test_mean_uncertainty() -> None:
    instances = [[1, 1, 0.5, 2, 2, 0.7], [0, 0, 1.0], [3, 3, 0.2]]
    scores = mean_uncertainty(instances, np.array([0, 0, 2]), 4)
    np.testing.assert_allclose(scores, [1 - (0.6 + 1.0) / 2, 0.0, 0.8, 0.0])


@pytest.mark.parametrize("bad", [[1.0, 2.0], [], [1, 1, 1.5]])
def test_bad_keypoints(bad: list[float]) -> None:
    with pytest.raises(InputError, match="instance 0"):
        mean_uncertainty([bad], np.array([0]), 1)
