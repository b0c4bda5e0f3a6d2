import dataclasses

import numpy as np
import pytest

from selection_assets.stages.reporting.facts.report_facts import Pretagging, Samples
from selection_assets.stages.reporting.plots.shares import draw_shares, label_plots, pretagging_plots
from selection_assets.stages.reporting.plots.style import REMOVED, SELECTED
from tests.stages.reporting.facts_factory import HOSTILE, example_facts
from tests.stages.reporting.plots.figures import colour, drawn, head, layout_faults, ticks


def labelled(labels: list[str], n_selected: int) -> Samples:
    return dataclasses.replace(example_facts(len(labels), n_selected).samples, labels=labels)


def widths(bars: object) -> list[float]:
    return [bar.get_width() for bar in bars]  # type: ignore[attr-defined]


def test_bars_are_the_shares_and_say_the_counts() -> None:
    figure = drawn(draw_shares, ["cars", "$b$", HOSTILE], [6, 3, 1], [1, 3, 0], "samples")
    (axes,) = figure.axes
    before, after = axes.containers
    assert widths(before) == pytest.approx([60, 30, 10])
    assert widths(after) == pytest.approx([25, 75, 0])
    assert {colour(bar) for bar in before} == {REMOVED}
    assert {colour(bar) for bar in after} == {SELECTED}
    assert [text.get_text() for text in axes.texts] == ["6", "3", "1", "1", "3", "0"]
    assert ticks(axes.yaxis)[:2] == ["cars", "$b$"]
    assert ticks(axes.yaxis)[2].startswith(HOSTILE[:8]) and ticks(axes.yaxis)[2].endswith(HOSTILE[-14:])
    rows = [bar.get_y() + bar.get_height() / 2 for bar in before]
    assert rows == sorted(rows)
    for upper, lower in zip(before, after, strict=True):  # grey above blue in the same row
        assert lower.get_y() == pytest.approx(upper.get_y() + upper.get_height())
        assert round(upper.get_y() + upper.get_height()) == pytest.approx(upper.get_y() + upper.get_height(), abs=1e-9)
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first row is at the top
    assert axes.get_xlabel() == "share of all samples (%)"
    assert axes.get_ylabel() == ""
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["before (10)", "after (4)"]
    assert head(figure) == ["A title", "a note"]
    assert layout_faults(figure) == []


def test_bars_have_no_outlines() -> None:
    axes = drawn(draw_shares, ["a", "b"], [3, 1], [1, 1], "samples").axes[0]
    assert [bar.get_linewidth() for bars in axes.containers for bar in bars] == [0] * 4


def test_counts_have_thousands_separators_and_names_may_repeat() -> None:
    figure = drawn(draw_shares, ["same", "same"], [1234, 0], [0, 0], "objects")
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.texts] == ["1,234", "0", "0", "0"]
    assert [widths(bars) for bars in axes.containers] == [[100, 0], [0, 0]]
    assert ticks(axes.yaxis) == ["same", "same"]
    assert axes.get_xlabel() == "share of all objects (%)"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["before (1,234)", "after (0)"]


@pytest.mark.parametrize("rows", [1, 2, 13])
def test_every_row_has_its_place(rows: int) -> None:
    names = [f"{i} " + "long " * 9 for i in range(rows)]
    figure = drawn(draw_shares, names, [5] * rows, [2] * rows, "samples")
    assert layout_faults(figure) == []
    assert figure.get_size_inches()[1] == pytest.approx(1.3 + 0.3 * max(rows, 2))


def test_labels_before_and_after() -> None:
    (plot,) = label_plots(labelled(["a", "b", "b", "a", "b", "c"], 2))
    assert plot.name == "label_balance"
    assert plot.args == (["b", "a", "c"], [3, 2, 1], [1, 1, 0], "samples")
    assert plot.title == "The largest weak label: 50% of the samples before, 50% after"
    assert plot.note == "samples by weak label; numbers are counts"
    assert plot.caption.startswith("Weak labels are folder names or given labels.")
    assert plot.alt == f"Bar chart of the samples per weak label before and after. {plot.title}."
    assert plot.draw is draw_shares


@pytest.mark.parametrize(("n_labels", "rows"), [(12, 12), (13, 13), (40, 13)])
def test_many_labels_are_summed_up(n_labels: int, rows: int) -> None:
    labels = [f"{i:02d}" for i in range(n_labels) for _ in range(3)] + ["00"]
    (plot,) = label_plots(labelled(labels, len(labels) // 2))
    names, before, after, _ = plot.args
    assert len(names) == rows
    assert sum(before) == len(labels)
    assert sum(after) == len(labels) // 2
    assert names[:12] == [f"{i:02d}" for i in range(12)]
    if n_labels > 12:
        assert names[12] == f"{n_labels - 12} others"
        assert before[12] == 3 * (n_labels - 12)
        assert after[12] == sum(label >= "12" for label in labels[: len(labels) // 2])
    # Of all samples, not of those with a row of their own.
    assert plot.title.startswith(f"The largest weak label: {100 * 4 / len(labels):.0f}% of the samples before")
    assert plot.title.endswith(f", {100 * 3 / (len(labels) // 2):.0f}% after")


def test_no_plot_of_one_label_or_of_nothing() -> None:
    assert list(label_plots(labelled(["a"] * 5, 2))) == []
    assert list(label_plots(labelled(["a", "b"], 0))) == []
    assert list(label_plots(dataclasses.replace(labelled(["a", "b"], 1), labels=None))) == []
    masked = dataclasses.replace(labelled(["a", "a", "b"], 1), masked=np.array([False, False, True]))
    assert list(label_plots(masked)) == []  # only a masked sample has another label


PRETAGGING = Pretagging(
    before={"car": 9, "bus": 3, "cat": 3}, after={"car": 1, "cat": 2}, images_before=30, images_after=2
)


def test_pretagged_objects_before_alone_and_after_beside_them() -> None:
    before, after = pretagging_plots(PRETAGGING)
    assert (before.name, after.name) == ("pretagging_histogram_before", "pretagging_histogram_after")
    assert before.args == (["car", "bus", "cat"], [9, 3, 3], [0, 0, 0], "objects")
    assert after.args == (["car", "bus", "cat"], [9, 3, 3], [1, 0, 2], "objects")
    assert before.title == "Before: 0.5 objects per image on average"
    assert after.title == "After: 1.5 objects per image on average"
    assert (before.note, after.note) == ("15 objects in 30 images", "3 objects in 2 images")
    assert after.caption == "Objects that the pretagging model found after the selection."
    assert before.alt == f"Bar chart of pretagged objects per class before the selection. {before.title}."
    of_after = drawn(after.draw, *after.args).axes[0].containers[1]
    assert widths(of_after) == pytest.approx([100 / 3, 0, 200 / 3])


def test_pretagging_edges() -> None:
    assert list(pretagging_plots(None)) == []
    nothing = Pretagging(before={}, after={}, images_before=0, images_after=0)
    assert [plot.title for plot in pretagging_plots(nothing)] == [
        "Before: 0.0 objects per image on average",
        "After: 0.0 objects per image on average",
    ]
    for plot in pretagging_plots(nothing):
        assert head(drawn(plot.draw, *plot.args)) == ["A title", "a note"]
    many = Pretagging(before={str(i): i for i in range(40)}, after={}, images_before=1, images_after=1)
    assert next(iter(pretagging_plots(many))).args[0] == [str(i) for i in range(39, 27, -1)]
