import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from selection_assets.stages.dedup import normalize
from selection_assets.stages.dedup.normalize import normalize_rows


@settings(max_examples=100, deadline=None)
@given(arrays(np.float32, (5, 7), elements=st.floats(width=32, allow_nan=False, allow_infinity=False)))
def test_unit_length_and_same_direction(vectors: np.ndarray) -> None:
    unit = normalize_rows(vectors)
    assert unit.dtype == np.float32
    for row, scaled in zip(vectors.astype(np.float64), unit, strict=True):
        length = np.sqrt(sum(value * value for value in row))
        if length == 0:
            assert not scaled.any()
        else:
            assert abs(np.linalg.norm(scaled.astype(np.float64)) - 1) < 1e-6
            assert np.allclose(scaled, row / length, atol=1e-7)


def test_a_zero_vector_stays_zero_and_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    assert normalize_rows(np.zeros((2, 3), np.float32)).tolist() == [[0, 0, 0], [0, 0, 0]]
    assert "2 embeddings are all zeros" in caplog.text


def test_equal_rows_stay_equal_and_blocks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = np.random.default_rng(0).normal(size=(20, 5)).astype(np.float32)
    vectors[11] = vectors[3]
    whole = normalize_rows(vectors)
    monkeypatch.setattr(normalize, "BLOCK_ROWS", 4)
    assert np.array_equal(normalize_rows(vectors), whole)
    assert np.array_equal(whole[11], whole[3])
