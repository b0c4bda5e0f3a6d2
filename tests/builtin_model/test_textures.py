from collections.abc import Callable

import numpy as np
import pytest

from builtin_model.colours import Field
from builtin_model.textures import cells, gradient, power_noise, texture, tiles, waves


@pytest.mark.parametrize("draw", [power_noise, waves, tiles, cells, gradient, texture], ids=lambda draw: draw.__name__)
def test_fields_fill_the_range_and_follow_the_seed(draw: Callable[[np.random.Generator, int], Field]) -> None:
    fields = [draw(np.random.default_rng(seed), 48) for seed in range(12)]
    for seed, field in enumerate(fields):
        assert field.shape == (48, 48)
        assert np.isfinite(field).all() and field.min() >= 0.0 and field.max() <= 1.0
        assert np.array_equal(field, draw(np.random.default_rng(seed), 48))
    assert np.mean([field.std() for field in fields]) > 0.1
    assert not np.array_equal(fields[0], fields[1])


def test_a_steeper_slope_is_smoother() -> None:
    def roughness(slope: float) -> float:
        fields = [power_noise(np.random.default_rng(seed), 64, slope) for seed in range(20)]
        return float(np.mean([np.abs(np.diff(field)).mean() / field.std() for field in fields]))

    assert roughness(0.5) > 1.5 * roughness(1.2) > 2.0 * roughness(2.2)
