"""The shares of classes that a BALANCE strategy found, reached and was asked for."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from selection_assets.stages.reporting.facts.report_facts import Selection
from selection_assets.stages.reporting.plots.plot import PlannedPlot
from selection_assets.stages.reporting.plots.style import (
    ACCENT,
    QUIET,
    REMOVED,
    SELECTED,
    WIDE,
    figure,
    fitted,
    panel,
)

MAX_CLASSES = 12
BESIDE_THE_MARK = 0.12  # of the axis: numbers that would stand under the mark of the target move to its right


def balance_plots(selection: Selection) -> Iterator[PlannedPlot]:
    """One plot for each BALANCE strategy, numbered from 1."""
    balances = [goal for goal in selection.strategies if "shares" in goal.get("reached", {})]
    for i, goal in enumerate(balances, 1):
        asked, reached = goal["asked"]["shares"], goal["reached"]
        names = sorted(asked, key=lambda name: -asked[name])[:MAX_CLASSES]
        what = goal["input"].get("key") or goal["input"].get("task") or "classes"
        title = f"Balance of {what}: {reached['agreement']:.0%} agreement with the target"
        rest = f"; the {MAX_CLASSES} largest of {len(asked):,} targets" if len(asked) > MAX_CLASSES else ""
        of_input, of_selection, targets = (
            [shares.get(name, 0.0) for name in names]
            for shares in (reached["shares_of_input"], reached["shares"], asked)
        )
        yield PlannedPlot(
            name=f"balance_{i}",
            title=title,
            note=f"shares of the classes before and after the selection{rest}",
            caption="A target that the input cannot fill is approached as far as its samples go.",
            alt=f"Bar chart of the shares of {what} in the input, in the selection, and asked for. {title}.",
            draw=draw_balance,
            args=(names, of_input, of_selection, targets),
        )


def draw_balance(
    title: str,
    note: str,
    names: Sequence[str],
    of_input: Sequence[float],
    reached: Sequence[float],
    asked: Sequence[float],
) -> Any:
    """One row per class: its share of the input (grey bar), of the selection (blue bar), and the target (orange mark).
    Shares are from 0 to 1."""
    import seaborn as sns

    rows = np.arange(len(names))
    highest = max(*of_input, *reached, *asked, 0.01)
    made = figure(title, note, height=1.35 + 0.36 * max(len(names), 2))
    axes = panel(made, left=1.7, right=0.6, top=0.82)
    for values, offset, colour in ((of_input, -0.2, REMOVED), (reached, 0.2, SELECTED)):
        axes.barh(rows + offset, [100 * value for value in values], height=0.36, color=colour, linewidth=0)
        for row, value, target in zip(rows, values, asked, strict=True):
            end = target if 0 <= target - value < BESIDE_THE_MARK * highest else value
            axes.annotate(
                f"{100 * value:.1f}%", (100 * end, row + offset), xytext=(4, 0), textcoords="offset points",
                va="center", fontsize=7, color=QUIET,
            )  # fmt: skip
    axes.vlines([100 * value for value in asked], rows - 0.42, rows + 0.42, color=ACCENT, linewidth=2)
    axes.set_yticks(rows, [fitted(name, 1.5, 8) for name in names])
    axes.set(xlabel="share (%)", xlim=(0, 112 * highest))
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    height = made.get_size_inches()[1]
    for x, colour, text in ((1.7, REMOVED, "input"), (2.35, SELECTED, "selection"), (3.25, ACCENT, "asked for")):
        made.text(x / WIDE, 1 - 0.66 / height, f"■ {text}", fontsize=8, color=QUIET if colour == REMOVED else colour)
    sns.despine(ax=axes, left=True, bottom=True)
    return made
