"""Which plots a report has, in the order in which they are drawn, and drawing them all.

Belongs here: the list. What every plot says and shows belongs to the module of its name.
"""

from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

from selection_assets.stages.progress import heartbeat
from selection_assets.stages.reporting.analysis.analyse import Analysis
from selection_assets.stages.reporting.facts.report_facts import ReportFacts
from selection_assets.stages.reporting.helper_process import DRAWING
from selection_assets.stages.reporting.plots.balance import balance_plots
from selection_assets.stages.reporting.plots.coverage import coverage_plots
from selection_assets.stages.reporting.plots.distances import distance_plots
from selection_assets.stages.reporting.plots.gains import gain_plots
from selection_assets.stages.reporting.plots.image_metrics import metric_plots
from selection_assets.stages.reporting.plots.pair import pair_plots
from selection_assets.stages.reporting.plots.plot import PlannedPlot, Plot, draw_into
from selection_assets.stages.reporting.plots.scatter import scatter_plots
from selection_assets.stages.reporting.plots.shares import label_plots, pretagging_plots
from selection_assets.stages.reporting.plots.timeline import timeline_plots
from selection_assets.stages.reporting.plots.training_loss import loss_plots

NUMBERED = ("filter_decision_*.png", "balance_*.png")  # their number differs from run to run


def planned_plots(facts: ReportFacts, analysis: Analysis) -> Iterator[PlannedPlot]:
    """All plots of the run, one after the other. The scatter plots come last: they wait for UMAP."""
    yield from distance_plots(analysis)
    yield from pair_plots(facts, analysis)
    yield from coverage_plots(facts, analysis)
    yield from label_plots(facts.samples)
    yield from balance_plots(facts.selection)
    yield from gain_plots(facts.selection)
    yield from metric_plots(facts)
    yield from loss_plots(facts.training)
    yield from pretagging_plots(facts.pretagging)
    yield from timeline_plots(facts.videos)
    yield from scatter_plots(facts.samples, analysis)


def draw_plots(facts: ReportFacts, analysis: Analysis, out_dir: Path) -> list[Plot]:
    """Draw all plots of the run into `out_dir` as PNG, each whole or not at all.

    Pairs and balances of an earlier run in the same folder are deleted.
    """
    drawn: list[tuple[Plot, Future[None]]] = []
    with heartbeat("Drawing the plots of the report"):
        for planned in planned_plots(facts, analysis):
            path = out_dir / f"{planned.name}.png"
            future = DRAWING.submit(draw_into, path, planned.draw, planned.title, planned.note, *planned.args)
            drawn.append((Plot(planned.name, path, planned.title, planned.caption, planned.alt), future))
        for _, future in drawn:
            future.result()
    plots = [plot for plot, _ in drawn]
    current = {plot.path for plot in plots}
    for pattern in NUMBERED:
        for stale in out_dir.glob(pattern):
            if stale not in current:
                stale.unlink()
    return plots
