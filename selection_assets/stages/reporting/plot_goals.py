"""Plots of what a selection aimed at: the shares that BALANCE asked for and reached, and what each pick brought."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from selection_assets.stages.reporting.plot_style import (
    ACCENT,
    FAINT,
    QUIET,
    REMOVED,
    SELECTED,
    WIDE,
    figure,
    panel,
    save,
    shorten,
    style,
)


def draw_balance(
    path: Path, title: str, note: str, names: list[str], of_input: list[float], reached: list[float], asked: list[float]
) -> None:
    """One row per class: its share of the input (grey bar), of the selection (blue bar), and the target (orange mark).
    Shares are from 0 to 1."""
    import seaborn as sns

    with style():
        rows = np.arange(len(names))
        highest = max(*of_input, *reached, *asked, 0.01)
        made = figure(title, note, height=1.35 + 0.36 * max(len(names), 2))
        axes = panel(made, left=1.7, right=0.6, top=0.82)
        for values, offset, colour in ((of_input, -0.2, REMOVED), (reached, 0.2, SELECTED)):
            axes.barh(rows + offset, [100 * value for value in values], height=0.36, color=colour, linewidth=0)
            for row, value, target in zip(rows, values, asked, strict=True):
                end = target if 0 <= target - value < 0.12 * highest else value  # beside the mark, not under it
                axes.annotate(
                    f"{100 * value:.1f}%", (100 * end, row + offset), xytext=(4, 0), textcoords="offset points",
                    va="center", fontsize=7, color=QUIET,
                )  # fmt: skip
        axes.vlines([100 * value for value in asked], rows - 0.42, rows + 0.42, color=ACCENT, linewidth=2)
        axes.set_yticks(rows, [shorten(name, 24) for name in names])
        axes.set(xlabel="share (%)", xlim=(0, 112 * highest))
        axes.invert_yaxis()
        axes.grid(visible=False, axis="y")
        height = made.get_size_inches()[1]
        legend = ((0.2, REMOVED, "input"), (0.85, SELECTED, "selection"), (1.75, ACCENT, "asked for"))
        for x, colour, text in legend:
            made.text(
                (1.5 + x) / WIDE,
                1 - 0.66 / height,
                f"■ {text}",
                fontsize=8,
                color=QUIET if colour == REMOVED else colour,
            )
        sns.despine(ax=axes, left=True, bottom=True)
        save(made, path)


def draw_gains(path: Path, title: str, note: str, gains: list[tuple[str, NDArray[np.float64]]]) -> None:
    """One small panel per goal (name, gain of every pick in pick order): dots, and their running mean as a line."""
    import seaborn as sns

    with style():
        columns = 2 if len(gains) in (2, 4) else min(3, len(gains))
        lines = -(-len(gains) // columns)
        height = 0.75 + 1.75 * lines
        made = figure(title, note, height=height)
        for i, (name, values) in enumerate(gains):
            width = (WIDE - 0.3) / columns
            left, top = 0.6 + (i % columns) * width, 0.95 + (i // columns) * 1.75
            axes = made.add_axes((left / WIDE, 1 - (top + 1.1) / height, (width - 0.6) / WIDE, 1.1 / height))
            order = np.arange(1, len(values) + 1)
            known = np.isfinite(values)
            size = float(np.clip(900 / len(values), 0.5, 9))
            axes.scatter(order[known], values[known], s=size, color=REMOVED, linewidth=0)
            axes.plot(order[known], running_mean(values[known]), color=SELECTED, linewidth=1.8)
            axes.set_title(shorten(name, 96 // columns), fontsize=7.5, loc="left", color=QUIET, pad=3)
            axes.set_xlim(0, len(values) + 1)
            axes.locator_params(nbins=4, axis="y")
            axes.grid(visible=False, axis="x")
            if i // columns == lines - 1:
                axes.set_xlabel("pick")
            sns.despine(ax=axes, left=True)
            axes.spines["bottom"].set_color(FAINT)
        save(made, path)


def running_mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(k,) the mean of each value with its neighbours, a tenth of all in sum; fewer at the ends."""
    half = max(1, len(values) // 20)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    place = np.arange(len(values))
    low, high = np.maximum(place - half, 0), np.minimum(place + half + 1, len(values))
    mean: NDArray[np.float64] = (sums[high] - sums[low]) / (high - low)
    return mean
