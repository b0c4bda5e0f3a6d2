import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.errors import InputError
from selection_assets.stages.selection.scorers.classification import UNCERTAINTIES, classification_scores


def test_known_values() -> None:
    scores = classification_scores(np.array([[0.8, 0.2]]))
    assert scores["uncertainty_least_confidence"][0] == pytest.approx(0.4)
    assert scores["uncertainty_margin"][0] == pytest.approx(0.4)
    assert scores["uncertainty_entropy"][0] == pytest.approx(0.7219, abs=1e-4)


@pytest.mark.parametrize("name", UNCERTAINTIES)
@pytest.mark.parametrize("n_classes", [2, 3, 10])
def test_one_hot_is_0_and_uniform_is_1(name: str, n_classes: int) -> None:
    p = np.vstack([np.eye(n_classes), np.full((1, n_classes), 1 / n_classes)])
    np.testing.assert_allclose(UNCERTAINTIES[name](p), [0.0] * n_classes + [1.0], atol=1e-12)


@given(seed=st.integers(0, 1000), n=st.integers(1, 6), c=st.integers(2, 6))
def test_formulas(seed: int, n: int, c: int) -> None:
    p = np.random.default_rng(seed).dirichlet(np.ones(c), size=n)
    scores = classification_scores(p)
    for i in range(n):
        first, second = sorted(p[i])[-1], sorted(p[i])[-2]
        assert scores["uncertainty_least_confidence"][i] == pytest.approx((1 - first) / (1 - 1 / c))
        assert scores["uncertainty_margin"][i] == pytest.approx(1 - (first - second))
        assert scores["uncertainty_entropy"][i] == pytest.approx(-sum(x * np.log2(x) for x in p[i]) / np.log2(c))


@pytest.mark.parametrize("name", UNCERTAINTIES)
def test_one_column_is_binary_nan_is_0_and_empty_is_empty(name: str) -> None:
    both = np.array([[0.3, 0.7], [0.5, 0.5]])
    np.testing.assert_allclose(UNCERTAINTIES[name](both[:, :1]), UNCERTAINTIES[name](both))
    assert UNCERTAINTIES[name](np.array([[np.nan, np.nan]]))[0] == 0.0
    assert UNCERTAINTIES[name](np.empty((0, 3))).shape == (0,)


@pytest.mark.parametrize("shape", [(3,), (3, 0), (2, 2, 2)])
def test_wrong_shapes(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="per sample and class"):
        classification_scores(np.zeros(shape))
