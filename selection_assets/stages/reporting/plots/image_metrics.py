"""Size and quality of the images, before and after the selection."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from selection_assets.stages.reporting.facts.report_facts import ReportFacts
from selection_assets.stages.reporting.plots.plot import PlannedPlot
from selection_assets.stages.reporting.plots.style import QUIET, REMOVED, SELECTED, WIDE, figure

METRICS = {"width": "width (px)", "height": "height (px)", "sharpness": "sharpness", "snr": "signal-to-noise ratio"}
BINS = 30
PANEL = 1.5  # inches from one line of panels to the next


def metric_plots(facts: ReportFacts) -> Iterator[PlannedPlot]:
    """One plot of all metrics that a sample before the selection has; NaN, infinite and missing values are left out."""
    if facts.image_metrics is None:
        return
    found = {}
    for column, text in METRICS.items():
        if column in facts.image_metrics.columns:
            values = facts.image_metrics[column].cast(float).to_numpy()
            usable = np.isfinite(values)
            if (usable & facts.samples.before).any():
                found[text] = (values[usable & facts.samples.before], values[usable & facts.samples.after])
    if found:
        yield PlannedPlot(
            name="image_metrics",
            title="Image size and quality, before and after",
            note="share of samples per bin",
            caption="A blue outline that leaves the grey shape means that the selection prefers such images.",
            alt=f"Histograms of {', '.join(found)} before and after the selection.",
            draw=draw_metrics,
            args=(found,),
        )


def draw_metrics(title: str, note: str, metrics: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]]) -> Any:
    """One small histogram per metric (at most four), all samples against the remaining ones, as shares.

    `metrics`: by name, the finite values (k,), k >= 1, of all samples and (m,) of the remaining ones.
    """
    import seaborn as sns

    columns = min(2, len(metrics))
    lines = -(-len(metrics) // columns)
    height = 0.95 + PANEL * lines
    width = (WIDE - 0.4) / columns
    made = figure(title, note, height=height)
    for i, (name, (before, after)) in enumerate(metrics.items()):
        left, top = 0.3 + (i % columns) * width, 0.85 + (i // columns) * PANEL
        axes = made.add_axes((left / WIDE, 1 - (top + 1.05) / height, (width - 0.35) / WIDE, 1.05 / height))
        edges = bins(before)
        for values, colour, fill in ((before, REMOVED, True), (after, SELECTED, False)):
            if len(values):
                shares = np.histogram(values, edges)[0] / len(values)
                axes.stairs(shares, edges, fill=fill, color=colour, linewidth=0 if fill else 1.6)
        axes.set(xlabel=name, ylabel="", yticks=[])
        if before.min() == before.max():
            axes.set_xticks([before[0]], [f"{before[0]:g}"])
        axes.grid(visible=False)
        sns.despine(ax=axes, left=True)
    for x, colour, text in ((4.9, QUIET, "before"), (5.6, SELECTED, "after")):
        made.text(x / WIDE, 1 - 0.5 / height, f"■ {text}", color=colour, fontsize=8)
    return made


def bins(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(31,) edges of equal bins from the smallest to the largest of (k,) values; one wide where they are all equal."""
    low, high = float(values.min()), float(values.max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, BINS + 1)
