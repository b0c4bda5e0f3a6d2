import dataclasses

import numpy as np
import pytest

from selection_assets.stages.reporting.analysis.analyse import analyse
from selection_assets.stages.reporting.analysis.coverage import CoverageCurve
from selection_assets.stages.reporting.plots.coverage import coverage_plots, draw_coverage
from selection_assets.stages.reporting.plots.style import QUIET, SELECTED
from tests.stages.reporting.facts_factory import example_facts
from tests.stages.reporting.plots.figures import annotations, colour, drawn, head, layout_faults, ticks


def curve(radius: list[float], median: list[float]) -> CoverageCurve:
    n = len(radius)
    return CoverageCurve(np.array([1, 10, 1000])[-n:], np.array(median), np.array(median) + 0.01, np.array(radius))


OURS, RANDOM = curve([2.0, 1.0, 0.5], [1.0, 0.5, 0.1]), curve([2.5, 2.0, 1.5], [1.1, 0.6, 0.3])


def test_lines_are_the_radius_and_the_median_of_both_curves() -> None:
    figure = drawn(draw_coverage, OURS, RANDOM)
    (axes,) = figure.axes
    expected = [(RANDOM.radius, QUIET), (RANDOM.median, QUIET), (OURS.radius, SELECTED), (OURS.median, SELECTED)]
    for line, (values, paint) in zip(axes.lines, expected, strict=True):
        assert line.get_xdata().tolist() == [1, 10, 1000]
        assert line.get_ydata().tolist() == values.tolist()
        assert colour(line) == paint
    widths = [line.get_linewidth() for line in axes.lines]
    assert widths[0] == widths[2] > widths[1] == widths[3]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("samples picked (log)", "distance to nearest pick")
    assert axes.get_xscale() == "log"
    assert axes.get_xlim() == (1, 1000)
    assert axes.get_ylim() == pytest.approx((0, 1.05 * 2.5))
    assert {"1", "10", "100", "1,000"} <= set(ticks(axes.xaxis))
    assert head(figure) == ["A title", "a note"]
    assert layout_faults(figure) == []


def test_names_stand_at_the_ends_from_the_lowest_up() -> None:
    (axes,) = drawn(draw_coverage, OURS, RANDOM).axes
    names = {text.get_text(): text for text in annotations(axes)}
    assert list(names) == ["selection, median", "random, median", "selection, farthest", "random, farthest"]
    heights = [float(text.xy[1]) for text in names.values()]
    # A tenth of the axis (2.625) apart, at their values where there is room.
    assert heights == pytest.approx([0.1, 0.3625, 0.625, 1.5])
    assert [colour(text) for text in names.values()] == [SELECTED, QUIET, SELECTED, QUIET]
    assert [text.get_weight() for text in names.values()] == ["normal", "normal", "bold", "bold"]


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_equal_curves_have_four_names_apart(value: float) -> None:
    same = curve([value], [value])
    figure = drawn(draw_coverage, same, same)
    assert layout_faults(figure) == []
    assert len(annotations(figure.axes[0])) == 4


def test_one_pick_has_an_axis() -> None:
    one = CoverageCurve(np.array([1]), *(np.array([v]) for v in (1.0, 1.5, 2.0)))
    assert drawn(draw_coverage, one, one).axes[0].get_xlim() == (1, 2)


def test_what_the_plot_says() -> None:
    facts = example_facts(40, 10)
    analysis = analyse(facts, 0)
    (plot,) = coverage_plots(facts, dataclasses.replace(analysis, coverage=OURS, coverage_random=RANDOM))
    assert plot.name == "coverage_curve"
    assert plot.title == "Every sample lies within 0.50 of a pick (1,000 random picks: 1.50)"
    assert "covering radius" in plot.note
    assert plot.caption == (
        "How well the first picks represent the dataset. Where the curve is flat, more picks add little."
    )
    assert plot.alt == f"Line plot of the coverage distance by number of picks. {plot.title}."
    assert (plot.draw, plot.args) == (draw_coverage, (OURS, RANDOM))
    for other in (OURS, curve([0.5], [0.5])):  # not better than chance: chance is not named
        (plot,) = coverage_plots(facts, dataclasses.replace(analysis, coverage=OURS, coverage_random=other))
        assert plot.title == "Every sample lies within 0.50 of a pick"


def test_members_of_the_datapool_are_no_picks() -> None:
    facts = example_facts(40, 10)
    facts = dataclasses.replace(facts, samples=dataclasses.replace(facts.samples, datapool=np.arange(40) >= 37))
    analysis = dataclasses.replace(analyse(facts, 0), coverage=OURS, coverage_random=RANDOM)
    (plot,) = coverage_plots(facts, analysis)
    assert plot.title == "Every sample lies within 0.50 of a pick (997 random picks beside the datapool: 1.50)"
    assert plot.caption.endswith("more picks add little. The first 3 are the datapool.")


@pytest.mark.parametrize("missing", ["coverage", "coverage_random"])
def test_no_curve_no_plot(missing: str) -> None:
    facts = example_facts(40, 10)
    analysis = dataclasses.replace(analyse(facts, 0), **{missing: None})
    assert list(coverage_plots(facts, analysis)) == []
