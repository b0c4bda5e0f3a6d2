"""How far the samples are from the nearest pick, by the number of picks, beside a random choice."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from selection_assets.stages.reporting.analysis.analyse import Analysis
from selection_assets.stages.reporting.analysis.coverage import CoverageCurve
from selection_assets.stages.reporting.facts.report_facts import ReportFacts
from selection_assets.stages.reporting.plots.plot import PlannedPlot
from selection_assets.stages.reporting.plots.style import QUIET, SELECTED, figure, panel


def coverage_plots(facts: ReportFacts, analysis: Analysis) -> Iterator[PlannedPlot]:
    """The curve, where there is one."""
    picks, chance = analysis.coverage, analysis.coverage_random
    if picks is None or chance is None:
        return
    n_datapool = int(facts.samples.datapool.sum())
    n, ours, random = int(picks.picks[-1]) - n_datapool, float(picks.radius[-1]), float(chance.radius[-1])
    finding = f"Every sample lies within {ours:.2f} of a pick"
    if ours < random:
        finding += f" ({n:,} random picks{' beside the datapool' if n_datapool else ''}: {random:.2f})"
    yield PlannedPlot(
        name="coverage_curve",
        title=finding,
        note="distance to the nearest pick: of the farthest sample (the covering radius) and of the median one",
        caption="How well the first picks represent the dataset. Where the curve is flat, more picks add little."
        + f" The first {n_datapool:,} are the datapool." * bool(n_datapool),
        alt=f"Line plot of the coverage distance by number of picks. {finding}.",
        draw=draw_coverage,
        args=(picks, chance),
    )


def draw_coverage(title: str, note: str, picks: CoverageCurve, chance: CoverageCurve) -> Any:
    """Distance of the farthest (bold) and of the median (thin) sample to its nearest pick, ours and random."""
    import seaborn as sns
    from matplotlib.ticker import FuncFormatter, NullLocator

    made = figure(title, note, height=2.7)
    axes = panel(made, right=1.3)
    curves = ((chance, QUIET, "random"), (picks, SELECTED, "selection"))
    for curve, colour, _ in curves:
        axes.plot(curve.picks, curve.radius, color=colour, linewidth=2.2)
        axes.plot(curve.picks, curve.median, color=colour, linewidth=1, alpha=0.7)
    axes.set_ylim(0.0, max(1.05 * float(max(picks.radius.max(), chance.radius.max())), 1e-3))
    gap = 0.1 * axes.get_ylim()[1]
    ends = sorted(
        (float(values[-1]), f"{name}, {part}", colour, weight)
        for curve, colour, name in curves
        for values, part, weight in ((curve.radius, "farthest", "bold"), (curve.median, "median", "normal"))
    )
    place = -np.inf
    for value, text, colour, weight in ends:  # from the lowest up, so that no two texts overlap
        place = max(value, place + gap)
        axes.annotate(
            text, (1, place), xycoords=("axes fraction", "data"), xytext=(6, 0), textcoords="offset points",
            color=colour, fontsize=8, va="center", weight=weight, annotation_clip=False,
        )  # fmt: skip
    axes.set_xlim(1, max(2, int(picks.picks[-1])))
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(visible=False, axis="x")
    axes.set_xlabel("samples picked (log)")
    axes.set_ylabel("distance to nearest pick")
    sns.despine(ax=axes, left=True)
    return made
