"""The histograms of distances, against counts that are known."""

import numpy as np
import pytest

from selection_assets.stages.reporting.analysis.analyse import Analysis, analyse
from selection_assets.stages.reporting.analysis.pairwise_statistics import pairwise_statistics
from selection_assets.stages.reporting.plots.distances import (
    distance_plots,
    draw_distances,
    title_after,
    title_before,
)
from selection_assets.stages.reporting.plots.style import ACCENT, INK, QUIET, SELECTED
from tests.stages.reporting.facts_factory import example_facts
from tests.stages.reporting.plots.figures import annotations, colour, drawn, head, layout_faults, ticks

EDGES = np.array([0.0, 0.5, 1.0, 1.5, 2.0])
COUNTS = np.array([3, 0, 1200, 40])
MARKS = {"p10": 0.4, "mean": 1.2, "p90": 1.8}


@pytest.mark.parametrize("after", [True, False])
def test_every_bar_is_as_high_as_its_count(after: bool) -> None:
    figure = drawn(draw_distances, EDGES, COUNTS, 2000, {}, after)
    (axes,) = figure.axes
    (shape,) = axes.collections
    (path,) = shape.get_paths()
    for low, high, count in zip(EDGES[:-1], EDGES[1:], COUNTS, strict=True):
        for x in (low + 0.01, (low + high) / 2, high - 0.01):
            assert path.contains_point((x, count - 0.01)) == (count > 0)
            assert not path.contains_point((x, count + 0.01))
    assert colour(shape) == (SELECTED if after else QUIET)
    assert head(figure) == ["A title", "a note"]
    assert layout_faults(figure) == []


def test_axes_are_shared_and_logarithmic() -> None:
    (axes,) = drawn(draw_distances, EDGES, COUNTS, 2000, {}, True).axes
    assert axes.get_yscale() == "log"
    assert axes.get_ylim() == (0.7, 16_000)  # eight times the highest bar before: room for the marks
    assert axes.get_xlim() == (0, 2)
    assert {"1", "10", "100", "1,000", "10,000"} <= set(ticks(axes.yaxis))
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("L2 distance between two samples", "pairs (log)")
    (few,) = drawn(draw_distances, EDGES, COUNTS, 3, {}, True).axes
    assert few.get_ylim() == (0.7, 80)


def test_marks_stand_at_their_values_with_their_names() -> None:
    figure = drawn(draw_distances, EDGES, COUNTS, 2000, MARKS, False)
    (axes,) = figure.axes
    assert [line.get_xdata()[0] for line in axes.lines] == [0.4, 1.2, 1.8]
    assert [colour(line) for line in axes.lines] == [INK, ACCENT, INK]
    assert [line.get_linestyle() for line in axes.lines] == ["--", "-", "--"]
    labels = annotations(axes)
    assert [label.get_text() for label in labels] == ["p10 0.40", "mean 1.20", "p90 1.80"]
    assert [label.xy[0] for label in labels] == [0.4, 1.2, 1.8]
    assert [colour(label) for label in labels] == [INK, ACCENT, INK]
    # 1.8 is beyond 84 % of the axis: its text stands to the left, as that of the 10th percentile does.
    assert [label.get_ha() for label in labels] == ["right", "left", "right"]
    assert [label.xyann[0] for label in labels] == [-4, 4, -4]
    assert layout_faults(figure) == []


@pytest.mark.parametrize(("value", "side"), [(1.67, "left"), (1.69, "right"), (2.0, "right"), (0.0, "left")])
def test_a_text_that_would_be_cut_off_stands_to_the_left(value: float, side: str) -> None:
    (axes,) = drawn(draw_distances, EDGES, COUNTS, 2000, {"p90": value}, True).axes
    assert annotations(axes)[0].get_ha() == side


@pytest.mark.parametrize("marks", [{"p10": 1.0, "mean": 1.0, "p90": 1.0}, {"p10": 0.9, "mean": 0.95, "p90": 1.0}])
def test_marks_at_one_place_have_texts_at_several(marks: dict[str, float]) -> None:
    assert layout_faults(drawn(draw_distances, EDGES, COUNTS, 2000, marks, True)) == []


def test_no_pairs() -> None:
    figure = drawn(draw_distances, np.linspace(0, 1, 3), np.zeros(2, np.int64), 0, {}, True)
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.texts] == ["fewer than two samples: no pairs"]
    assert not axes.collections and not axes.lines
    assert axes.get_ylim() == (0.7, 80)


def test_what_both_plots_say_and_show() -> None:
    analysis = analyse(example_facts(40, 10), 0)
    before, after = distance_plots(analysis)
    assert (before.name, after.name) == ("distance_distr_before", "distance_distr_after")
    assert before.note == "40 samples, 780 pairs"
    assert after.note == "10 samples, 45 pairs"
    assert after.caption == "Pairwise L2 distances after the selection. Both histograms share their axes and bins."
    assert before.alt == "Histogram of the pairwise distances before the selection: 40 samples, 780 pairs."
    highest = max(analysis.before.histogram(analysis.edges))
    for plot, statistics, is_after in ((before, analysis.before, False), (after, analysis.after, True)):
        edges, counts, top, marks, flag = plot.args
        assert plot.draw is draw_distances
        assert edges is analysis.edges
        assert counts.tolist() == statistics.histogram(analysis.edges).tolist()
        assert (top, flag) == (highest, is_after)
        assert marks == {"p10": statistics.p10, "mean": statistics.mean, "p90": statistics.p90}


def test_a_random_subset_is_named_and_no_pairs_have_no_marks() -> None:
    few = analyse(example_facts(40, 1), 0, memory_requirement_in_gb=4 * 20**2 / 1e9)
    before, after = distance_plots(few)
    assert before.note == "40 samples, measured on a random 20, 190 pairs"
    assert after.note == "1 samples, 0 pairs"
    assert after.args[3] == {}


def test_titles() -> None:
    x = np.array([[0.0], [1.0], [1.25]], np.float32)
    three, two, one = (pairwise_statistics(part) for part in (x, x[:2], x[:1]))
    assert title_before(three) == "Before: the closest two samples are 0.250 apart"
    assert title_before(one) == "Before: too few samples for a distance"
    assert title_after(three, two) == "After: the closest two are 1.000 apart"
    assert title_after(three, one) == "After: too few samples for a distance"
    assert title_after(three, three) == "After: nothing was removed"


def test_without_samples(facts: object) -> None:
    empty: Analysis = analyse(example_facts(0, 0), 0)
    for plot in distance_plots(empty):
        assert plot.title.endswith("too few samples for a distance")
        assert plot.args[2] == 0
        assert layout_faults(drawn(plot.draw, *plot.args)) == []
