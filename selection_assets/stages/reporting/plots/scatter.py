"""Two-dimensional views: with the selection over the rest, and coloured by weak label."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from selection_assets.stages.reporting.analysis.analyse import Analysis
from selection_assets.stages.reporting.analysis.weak_labels import label_counts
from selection_assets.stages.reporting.facts.report_facts import Samples
from selection_assets.stages.reporting.plots.plot import PlannedPlot
from selection_assets.stages.reporting.plots.style import (
    EARLIER,
    INK,
    LABEL_COLOURS,
    NARROW,
    OTHER_LABELS,
    QUIET,
    REMOVED,
    SELECTED,
    figure,
    fitted,
    panel,
)

UMAP_CAPTIONS = {
    5: "UMAP, 5 neighbours: fine structure, small groups of samples that are nearly the same.",
    15: "UMAP, 15 neighbours: between fine and coarse.",
    50: "UMAP, 50 neighbours: coarse structure, large groups and their relations.",
}
HEIGHT = 2.75
ONE_COLUMN = 10  # labels that fit below each other in the legend
STATES = (  # drawn in this order
    ("removed", REMOVED),
    ("masked", "#e6e9ed"),
    ("datapool", EARLIER),
    ("preselected", INK),
    ("selected", SELECTED),
)
UNDERLAY = ("removed", "masked")  # drawn small, for they are not what one looks for


def scatter_plots(samples: Samples, analysis: Analysis) -> Iterator[PlannedPlot]:
    """Two plots for each view: states of the samples, and weak labels."""
    rows = analysis.view_rows
    states = samples.states[rows].tolist()
    counts = label_counts(samples)
    legend = [c.name for c in counts[: len(LABEL_COLOURS)]] if len(counts) > 1 else []
    labels = [samples.labels[row] for row in rows.tolist()] if samples.labels is not None else [""] * len(rows)
    picked, all_, pool = int(samples.after.sum()), int(samples.before.sum()), int(samples.datapool.sum())
    note = f"{picked:,} of {all_:,} samples selected"
    if pool:
        note += f", {pool:,} in the datapool"
    if len(rows) < len(samples.filenames):
        note += f"; a random {len(rows):,} are shown"
    beside = " and those of the datapool" if pool else ""
    for name, xy in analysis.views.items():
        k = int(name.rsplit("_", 1)[-1]) if name != "pca" else 0
        method = f"UMAP-{k}" if k else "PCA"
        share = sum(analysis.pca.explained)
        caption = (
            UMAP_CAPTIONS[k] if k else f"PCA: the two directions of largest variance, {share:.0%} of all variance."
        )
        yield PlannedPlot(
            name=f"scatter_{name}",
            title=f"The selection in the {method} view",
            note=note,
            caption=caption,
            alt=f"Scatter plot ({method}) with {picked:,} selected samples over the removed ones{beside}.",
            draw=draw_selection,
            args=(xy, states),
        )
        yield PlannedPlot(
            name=f"scatter_{name}_no_overlay",
            title=f"Weak labels in the {method} view" if legend else f"All samples in the {method} view",
            note=f"{len(counts):,} labels" if legend else f"{len(samples.filenames):,} samples",
            caption=caption + " Colours are weak labels." * bool(legend),
            alt=f"Scatter plot ({method}) of all samples" + ", coloured by weak label." * bool(legend)
            + "." * (not legend),
            draw=draw_labels,
            args=(xy, labels, legend),
        )  # fmt: skip


def draw_selection(title: str, note: str, xy: NDArray[np.float32], states: Sequence[str]) -> Any:
    """Selected samples over removed ones; `xy` is (m, 2), `states` holds m names out of `STATES`."""
    made = figure(title, note, NARROW, HEIGHT)
    axes = _map(made, right=0.2, bottom=0.4)
    of = np.array(states)
    size = marker_size(len(xy))
    for state, colour in STATES:
        here = of == state
        if here.any():
            strong = state not in UNDERLAY
            axes.scatter(
                xy[here, 0], xy[here, 1], s=size * (1.9 if strong else 1.0), c=colour,
                linewidths=0.5 if strong else 0, edgecolors="white", label=state, rasterized=True,
            )  # fmt: skip
    made.legend(
        *axes.get_legend_handles_labels(), loc="lower left", bbox_to_anchor=(0.0, 0.0), ncols=5,
        handletextpad=0.1, columnspacing=1.2, markerscale=1.2,
    )  # fmt: skip
    return made


def draw_labels(title: str, note: str, xy: NDArray[np.float32], labels: Sequence[str], legend: Sequence[str]) -> Any:
    """All samples coloured by weak label.

    Args:
        xy: (m, 2).
        labels: m labels; those that are not in `legend` share one grey, called "others".
        legend: labels in the order of the legend, at most as many as there are colours (18).
    """
    from matplotlib.lines import Line2D

    colours = dict(zip(legend, LABEL_COLOURS, strict=False))
    painted = [colours.get(label, OTHER_LABELS if legend else QUIET) for label in labels]
    columns = 2 if len(colours) > ONE_COLUMN else 1
    beside = 0.0 if not legend else 1.1 if columns == 1 else 1.8
    made = figure(title, note, NARROW, HEIGHT)
    axes = _map(made, right=0.2 + beside, bottom=0.2)
    axes.scatter(xy[:, 0], xy[:, 1], s=marker_size(len(xy)) * 1.5, c=painted, linewidths=0, alpha=0.9, rasterized=True)
    if legend:
        size, room = (8, beside - 0.15) if columns == 1 else (7, beside / 2 - 0.17)
        entries = [(fitted(label, room, size), colour) for label, colour in colours.items()]
        if not set(labels) <= set(colours):
            entries.append(("others", OTHER_LABELS))
        handles = [Line2D([], [], linestyle="", marker="o", markersize=4.5, color=colour) for _, colour in entries]
        made.legend(
            handles, [name for name, _ in entries], loc="upper left", handletextpad=0.0, labelspacing=0.4,
            bbox_to_anchor=(1 - (0.17 + beside) / NARROW, 1 - 0.66 / HEIGHT), borderaxespad=0, ncols=columns,
            fontsize=size, columnspacing=0.5,
        )  # fmt: skip
    return made


def _map(made: Any, right: float, bottom: float) -> Any:
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


def marker_size(n: int) -> float:
    """Area of the dots of `n` samples, in square points: large where they are few."""
    return float(np.clip(3500 / max(n, 1), 1.5, 10))
