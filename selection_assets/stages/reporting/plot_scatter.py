"""Two-dimensional views: with the selection over the rest, and coloured by weak label."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from selection_assets.stages.reporting.plot_style import (
    EARLIER,
    INK,
    LABEL_COLOURS,
    NARROW,
    OTHER_LABELS,
    QUIET,
    REMOVED,
    SELECTED,
    figure,
    panel,
    save,
    shorten,
    style,
)

HEIGHT = 2.75
ONE_COLUMN = 10  # labels that fit below each other in the legend
STATES = (  # drawn in this order
    ("removed", REMOVED),
    ("masked", "#e6e9ed"),
    ("datapool", EARLIER),
    ("preselected", INK),
    ("selected", SELECTED),
)


def draw_selection(path: Path, title: str, note: str, xy: NDArray[np.float32], states: list[str]) -> None:
    """Selected samples over removed ones; `xy` is (m, 2), `states` holds m names out of `STATES`."""
    with style():
        made = figure(title, note, NARROW, HEIGHT)
        axes = _map(made, xy, right=0.2, bottom=0.4)
        of = np.array(states)
        size = _marker_size(len(xy))
        for state, colour in STATES:
            here = of == state
            if here.any():
                strong = state not in ("removed", "masked")
                axes.scatter(
                    xy[here, 0], xy[here, 1], s=size * (1.9 if strong else 1.0), c=colour,
                    linewidths=0.5 if strong else 0, edgecolors="white",
                    label=state, rasterized=True,
                )  # fmt: skip
        made.legend(
            *axes.get_legend_handles_labels(), loc="lower left", bbox_to_anchor=(0.0, 0.0), ncols=5,
            handletextpad=0.1, columnspacing=1.2, markerscale=1.2,
        )  # fmt: skip
        save(made, path)


def draw_labels(
    path: Path, title: str, note: str, xy: NDArray[np.float32], labels: list[int], legend: list[tuple[int, str]]
) -> None:
    """All samples coloured by weak label.

    Args:
        labels: m labels; those that are not in `legend` share one grey.
        legend: (label, name) in the order of the legend; the first 18 get a colour of their own.
    """
    from matplotlib.lines import Line2D

    colours = {label: colour for (label, _), colour in zip(legend, LABEL_COLOURS, strict=False)}
    of_others = OTHER_LABELS if legend else QUIET
    painted = [colours.get(label, of_others) for label in labels]
    columns = 2 if len(colours) > ONE_COLUMN else 1
    beside = 0.0 if not legend else 1.1 if columns == 1 else 1.8
    with style():
        made = figure(title, note, NARROW, HEIGHT)
        axes = _map(made, xy, right=0.2 + beside, bottom=0.2)
        axes.scatter(
            xy[:, 0], xy[:, 1], s=_marker_size(len(xy)) * 1.5, c=painted, linewidths=0, alpha=0.9, rasterized=True
        )
        if legend:
            length = 17 if columns == 1 else 11
            entries = [(shorten(name, length), colours[label]) for label, name in legend if label in colours]
            if not set(labels) <= set(colours):
                entries.append(("others", OTHER_LABELS))
            handles = [Line2D([], [], linestyle="", marker="o", markersize=4.5, color=colour) for _, colour in entries]
            made.legend(
                handles, [name for name, _ in entries], loc="upper left", handletextpad=0.0, labelspacing=0.4,
                bbox_to_anchor=(1 - (0.17 + beside) / NARROW, 1 - 0.66 / HEIGHT), borderaxespad=0, ncols=columns,
                fontsize=8 if columns == 1 else 7, columnspacing=0.5,
            )  # fmt: skip
        save(made, path)


def _map(made: Any, xy: NDArray[np.float32], right: float, bottom: float) -> Any:
    """Axes without ticks, for coordinates have no unit; equal scales in both directions."""
    axes = panel(made, left=0.2, right=right, top=0.66, bottom=bottom)
    axes.set(xticks=[], yticks=[])
    axes.grid(visible=False)
    axes.set_facecolor("#fafbfc")
    for side in axes.spines.values():
        side.set(visible=True, color="#e6e9ed")
    axes.set_aspect("equal", adjustable="datalim")
    axes.margins(0.06)
    return axes


def _marker_size(n: int) -> float:
    return float(np.clip(3500 / max(n, 1), 1.5, 10))
