"""Histograms of pairwise distances, before and after the selection, on a logarithmic count axis."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from selection_assets.stages.reporting.analysis.analyse import Analysis
from selection_assets.stages.reporting.analysis.pairwise_statistics import PairwiseStatistics
from selection_assets.stages.reporting.plots.plot import PlannedPlot
from selection_assets.stages.reporting.plots.style import ACCENT, INK, NARROW, QUIET, SELECTED, figure, panel

BEFORE_COLOUR = QUIET
LABEL_FITS = 0.84  # of the axis: what is written to the right of a mark beyond it would be cut off


def distance_plots(analysis: Analysis) -> Iterator[PlannedPlot]:
    """The two histograms, which share axes and bins."""
    before, after = analysis.before, analysis.after
    highest = int(before.histogram(analysis.edges).max(initial=0))
    for part, statistics, title in (
        ("before", before, title_before(before)),
        ("after", after, title_after(before, after)),
    ):
        sampled = "" if statistics.n_used == statistics.n else f", measured on a random {statistics.n_used:,}"
        note = f"{statistics.n:,} samples{sampled}, {statistics.pairs:,} pairs"
        marks = {"p10": statistics.p10, "mean": statistics.mean, "p90": statistics.p90}
        yield PlannedPlot(
            name=f"distance_distr_{part}",
            title=title,
            note=note,
            caption=f"Pairwise L2 distances {part} the selection. Both histograms share their axes and bins.",
            alt=f"Histogram of the pairwise distances {part} the selection: {note}.",
            draw=draw_distances,
            args=(
                analysis.edges,
                statistics.histogram(analysis.edges),
                highest,
                {name: value for name, value in marks.items() if value is not None},
                part == "after",
            ),
        )


def title_before(before: PairwiseStatistics) -> str:
    if before.min is None:
        return "Before: too few samples for a distance"
    return f"Before: the closest two samples are {before.min:.3f} apart"


def title_after(before: PairwiseStatistics, after: PairwiseStatistics) -> str:
    if after.min is None:
        return "After: too few samples for a distance"
    if after.n == before.n:
        return "After: nothing was removed"
    return f"After: the closest two are {after.min:.3f} apart"


def draw_distances(
    title: str,
    note: str,
    edges: NDArray[np.float64],
    counts: NDArray[np.int64],
    highest: int,
    marks: Mapping[str, float],
    after: bool,
) -> Any:
    """Draw one histogram.

    Args:
        edges, counts: (b + 1,) and (b,).
        highest: largest count of the before histogram, so that both share the axis.
        marks: values to mark by name, such as mean, p10 and p90.
        after: colours the bars as selected.
    """
    import seaborn as sns
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    made = figure(title, note, NARROW, 3.3)
    axes = panel(made)
    middles = (edges[:-1] + edges[1:]) / 2
    if counts.sum():
        sns.histplot(
            data={"distance": middles, "pairs": counts}, x="distance", weights="pairs", bins=edges.tolist(),
            ax=axes, color=SELECTED if after else BEFORE_COLOUR, element="step", alpha=1.0, linewidth=0,
        )  # fmt: skip
    else:
        axes.text(0.5, 0.5, "fewer than two samples: no pairs", transform=axes.transAxes, ha="center", color=QUIET)
    axes.set_yscale("log")
    axes.set_ylim(0.7, max(10, highest) * 8)
    axes.set_xlim(0, edges[-1])
    axes.yaxis.set_major_locator(LogLocator(10, numticks=8))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.grid(visible=False, axis="x")
    axes.set_xlabel("L2 distance between two samples")
    axes.set_ylabel("pairs (log)")
    for name, value in marks.items():
        middle = name == "mean"
        colour = ACCENT if middle else INK
        axes.axvline(value, color=colour, linewidth=1.2, linestyle="-" if middle else (0, (4, 3)))
        left = name == "p10" or value > LABEL_FITS * edges[-1]
        axes.annotate(
            f"{name} {value:.2f}", (value, 0.905 if middle else 0.985), xycoords=("data", "axes fraction"),
            xytext=(-4 if left else 4, 0), textcoords="offset points", ha="right" if left else "left", va="top",
            fontsize=8, color=colour,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},  # where another mark runs through it
        )  # fmt: skip
    sns.despine(ax=axes, left=True)
    return made
