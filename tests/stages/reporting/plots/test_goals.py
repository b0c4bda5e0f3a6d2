from pathlib import Path

import numpy as np
from PIL import Image

from selection_assets.stages.reporting.plots.balance import draw_balance
from selection_assets.stages.reporting.plots.gains import draw_gains, running_mean

# draw_balance, draw_gains, running_mean
from selection_assets.stages.reporting.plots.style import ACCENT, REMOVED, SELECTED


def pixels_of(path: Path, colour: str) -> np.ndarray:
    """(h, w) whether a pixel has this colour."""
    picture = np.asarray(Image.open(path).convert("RGB"))
    wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return np.abs(picture.astype(int) - wanted).max(axis=2) <= 2


def test_bars_are_as_long_as_the_shares(tmp_path: Path) -> None:
    path = tmp_path / "balance.png"
    draw_balance(path, "title", "note", ["a", "$b$"], [0.8, 0.2], [0.6, 0.4], [0.5, 0.5])
    heights = pixels_of(path, REMOVED), pixels_of(path, SELECTED)
    longest = [int(np.sort(found.sum(axis=1))[-1]) for found in heights]
    assert abs(longest[0] / longest[1] - 0.8 / 0.6) < 0.02
    marks = np.flatnonzero(pixels_of(path, ACCENT).sum(axis=0) > 60)
    assert len(marks) and marks[-1] - marks[0] < 8  # both targets are at the same place


def test_any_number_of_goals_can_be_drawn(tmp_path: Path) -> None:
    sizes = []
    for count in range(2, 7):
        gains = [(f"goal {i}", np.array([np.nan, 1.0, 0.5, 0.25])) for i in range(count)]
        draw_gains(tmp_path / "gains.png", "title", "note", gains)
        sizes.append(Image.open(tmp_path / "gains.png").height)
    assert sizes[0] == sizes[1] < sizes[2] == sizes[3] == sizes[4]


def test_running_mean() -> None:
    np.testing.assert_allclose(running_mean(np.array([1.0, 2.0, 6.0])), [1.5, 3.0, 4.0])
    values = np.random.default_rng(0).random(200)
    expected = [values[max(i - 10, 0) : i + 11].mean() for i in range(200)]
    np.testing.assert_allclose(running_mean(values), expected)
