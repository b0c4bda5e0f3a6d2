import numpy as np

from selection_assets.stages.selection.distances.highest_bounds import HighestBounds


def test_every_row_outside_is_below_the_threshold_as_values_fall() -> None:
    rng = np.random.default_rng(0)
    values = rng.integers(0, 60, 500).astype(float)
    mask = rng.random(500) < 0.9
    highest = HighestBounds(values, mask)
    while mask.any():
        band, threshold = highest.band(10)
        inside = np.zeros(500, bool)
        inside[band] = True
        assert mask[band].all()
        assert len(band) >= min(10, mask.sum())
        assert (values[band] >= threshold).all()
        assert (values[mask & ~inside] < threshold).all()
        assert band.tolist() == sorted(band.tolist())
        mask[band[:6]] = False
        values[band[6:]] *= rng.random(len(band[6:]))
