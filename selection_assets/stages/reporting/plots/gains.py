"""What each pick brought to each goal of the selection."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from selection_assets.stages.reporting.analysis.analyse import FEWEST_PICKS
from selection_assets.stages.reporting.facts.report_facts import Selection
from selection_assets.stages.reporting.plots.plot import PlannedPlot
from selection_assets.stages.reporting.plots.style import FAINT, QUIET, REMOVED, SELECTED, WIDE, figure, fitted

MAX_GOALS = 6
PANEL = 1.75  # inches from one line of panels to the next


def gain_plots(selection: Selection) -> Iterator[PlannedPlot]:
    """One plot, where there are at least two goals with known gains and three picks."""
    gains = [(name, values) for name, values in selection.pick_gains.items() if np.isfinite(values).any()]
    if len(gains) < 2 or len(selection.pick_rows) < FEWEST_PICKS:
        return
    rest = f"; the first {MAX_GOALS} of {len(gains)} goals" if len(gains) > MAX_GOALS else ""
    yield PlannedPlot(
        name="selection_gains",
        title="What each pick brought to each goal",
        note=f"dots are picks, the line is their running mean{rest}",
        caption="For diversity the gain is the distance to everything picked before, for weights the value, for "
        "balance the rise of the agreement with the target.",
        alt="Dot plots of the gain of every pick, in the order of the picks, one for each goal.",
        draw=draw_gains,
        args=(gains[:MAX_GOALS],),
    )


def draw_gains(title: str, note: str, gains: Sequence[tuple[str, NDArray[np.float64]]]) -> Any:
    """One small panel per goal (name, gain of every pick in pick order): dots, and their running mean as a line."""
    import seaborn as sns

    columns = 2 if len(gains) == 4 else min(3, len(gains))
    lines = -(-len(gains) // columns)
    height = 0.75 + PANEL * lines
    width = (WIDE - 0.3) / columns
    made = figure(title, note, height=height)
    for i, (name, values) in enumerate(gains):
        left, top = 0.6 + (i % columns) * width, 0.95 + (i // columns) * PANEL
        axes = made.add_axes((left / WIDE, 1 - (top + 1.1) / height, (width - 0.6) / WIDE, 1.1 / height))
        order = np.arange(1, len(values) + 1)
        known = np.isfinite(values)
        size = float(np.clip(900 / len(values), 0.5, 9))
        axes.scatter(order[known], values[known], s=size, color=REMOVED, linewidth=0)
        axes.plot(order[known], running_mean(values[known]), color=SELECTED, linewidth=1.8)
        axes.set_title(fitted(name, width - 0.6, 7.5), fontsize=7.5, loc="left", color=QUIET, pad=3)
        axes.set_xlim(0, len(values) + 1)
        axes.locator_params(nbins=4, axis="y")
        axes.grid(visible=False, axis="x")
        if i // columns == lines - 1:
            axes.set_xlabel("pick")
        sns.despine(ax=axes, left=True)
        axes.spines["bottom"].set_color(FAINT)
    return made


def running_mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(k,) the mean of each value with its neighbours, a tenth of all in sum; fewer at the ends."""
    half = max(1, len(values) // 20)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    place = np.arange(len(values))
    low, high = np.maximum(place - half, 0), np.minimum(place + half + 1, len(values))
    mean: NDArray[np.float64] = (sums[high] - sums[low]) / (high - low)
    return mean
