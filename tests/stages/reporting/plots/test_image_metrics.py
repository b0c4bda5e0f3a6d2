import dataclasses

import numpy as np
import polars as pl
import pytest

from selection_assets.stages.reporting.plots.image_metrics import bins, draw_metrics, metric_plots
from selection_assets.stages.reporting.plots.style import QUIET, REMOVED, SELECTED
from tests.stages.reporting.facts_factory import example_facts
from tests.stages.reporting.plots.figures import colour, drawn, head, layout_faults, ticks

BEFORE, AFTER = np.array([0.0, 1.0, 1.0, 30.0]), np.array([1.0, 30.0])


def test_steps_are_the_shares_of_each_bin() -> None:
    figure = drawn(draw_metrics, {"sharpness": (BEFORE, AFTER)})
    (axes,) = figure.axes
    before, after = axes.patches
    heights = np.zeros(30)
    heights[[0, 1, 29]] = 1 / 4, 2 / 4, 1 / 4  # bins one wide, from 0 to 30
    np.testing.assert_allclose(before.get_data().values, heights)
    heights[[0, 1, 29]] = 0, 1 / 2, 1 / 2
    np.testing.assert_allclose(after.get_data().values, heights)
    for steps in (before, after):
        np.testing.assert_allclose(steps.get_data().edges, np.arange(31))
    assert before.get_fill() and not after.get_fill()
    assert colour(before) == REMOVED
    assert after.get_edgecolor()[:3] == pytest.approx(tuple(int(SELECTED[i : i + 2], 16) / 255 for i in (1, 3, 5)))
    assert after.get_linewidth() > before.get_linewidth() == 0
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("sharpness", "")
    assert list(axes.get_yticks()) == []
    assert not any(line.get_visible() for line in axes.get_xgridlines())
    assert {text.get_text(): colour(text) for text in figure.texts[2:]} == {"■ before": QUIET, "■ after": SELECTED}
    assert head(figure) == ["A title", "a note"]
    assert layout_faults(figure) == []


@pytest.mark.parametrize(("count", "columns", "lines"), [(1, 1, 1), (2, 2, 1), (3, 2, 2), (4, 2, 2)])
def test_panels_stand_in_lines_in_their_order(count: int, columns: int, lines: int) -> None:
    figure = drawn(draw_metrics, {f"metric {i}": (BEFORE, AFTER) for i in range(count)})
    assert [axes.get_xlabel() for axes in figure.axes] == [f"metric {i}" for i in range(count)]
    places = [(axes.get_position().x0, -axes.get_position().y0) for axes in figure.axes]
    assert len({round(x, 6) for x, _ in places}) == columns
    assert len({round(y, 6) for _, y in places}) == lines
    assert places == sorted(places, key=lambda place: (round(place[1], 6), place[0]))
    assert figure.get_size_inches()[1] == pytest.approx(0.95 + 1.5 * lines)
    assert layout_faults(figure) == []


def test_equal_values_have_one_tick_and_nothing_may_remain() -> None:
    figure = drawn(draw_metrics, {"width (px)": (np.array([640.0, 640.0]), np.empty(0))})
    (axes,) = figure.axes
    assert ticks(axes.xaxis) == ["640"]
    assert list(axes.get_xticks()) == [640]
    (before,) = axes.patches
    assert before.get_data().values.sum() == 1
    assert len(ticks(drawn(draw_metrics, {"a": (BEFORE, AFTER)}).axes[0].xaxis)) > 2


def test_bins() -> None:
    np.testing.assert_allclose(bins(np.array([3.0, 0.0, 6.0])), np.linspace(0, 6, 31))
    np.testing.assert_allclose(bins(np.array([5.0])), np.linspace(4.5, 5.5, 31))


def test_which_values_are_shown() -> None:
    facts = example_facts(6, 2)
    samples = dataclasses.replace(
        facts.samples, masked=np.arange(6) == 4, datapool=np.arange(6) == 5, preselected=np.arange(6) == 2
    )
    metrics = pl.DataFrame(
        {
            "snr": [1.0, None, 3.0, 4.0, 5.0, 6.0],
            "height": [1, 2, 3, 4, 5, 6],
            "sharpness": [np.nan, np.inf, None, np.nan, 1.0, 2.0],  # only samples that take no part have values
            "other": [1] * 6,
        },
        schema_overrides={"sharpness": pl.Float64},
    )
    (plot,) = metric_plots(dataclasses.replace(facts, samples=samples, image_metrics=metrics))
    (found,) = plot.args
    shown = {name: [part.tolist() for part in parts] for name, parts in found.items()}
    assert shown == {
        "height (px)": [[1, 2, 3, 4], [1, 2, 3]],
        "signal-to-noise ratio": [[1, 3, 4], [1, 3]],
    }
    assert plot.name == "image_metrics"
    assert plot.title == "Image size and quality, before and after"
    assert plot.note == "share of samples per bin"
    assert plot.alt == "Histograms of height (px), signal-to-noise ratio before and after the selection."
    assert "prefers such images" in plot.caption
    assert plot.draw is draw_metrics


def test_no_metrics_no_plot() -> None:
    assert list(metric_plots(example_facts(4, 2, image_metrics=None))) == []
    nothing = pl.DataFrame({"width": [None] * 4, "sharpness": [np.nan] * 4}, schema_overrides={"width": pl.Int64})
    assert list(metric_plots(example_facts(4, 2, image_metrics=nothing))) == []
