from typing import Any

import numpy as np
import pytest

from selection_assets.stages.reporting.facts.report_facts import Selection
from selection_assets.stages.reporting.plots.balance import balance_plots, draw_balance
from selection_assets.stages.reporting.plots.style import ACCENT, QUIET, REMOVED, SELECTED
from tests.stages.reporting.facts_factory import GOAL, HOSTILE
from tests.stages.reporting.plots.figures import annotations, colour, drawn, head, layout_faults, ticks


def balance(shares: dict[str, float], **changes: Any) -> dict[str, Any]:
    return GOAL | {
        "input": {"type": "METADATA", "key": "weather"},
        "strategy": {"type": "BALANCE"},
        "asked": {"shares": shares},
        "reached": {"shares": {"a": 0.25, "z": 0.75}, "shares_of_input": {"a": 0.125}, "agreement": 0.875},
    } | changes  # fmt: skip


def test_bars_and_marks_are_the_shares_in_per_cent() -> None:
    figure = drawn(draw_balance, ["a", "$b$"], [0.8, 0.2], [0.6, 0.4], [0.5, 0.5])
    (axes,) = figure.axes
    of_input, reached = axes.containers
    assert [bar.get_width() for bar in of_input] == [80, 20]
    assert [bar.get_width() for bar in reached] == [60, 40]
    assert {colour(bar) for bar in of_input} == {REMOVED}
    assert {colour(bar) for bar in reached} == {SELECTED}
    assert [bar.get_y() + bar.get_height() / 2 for bar in of_input] == pytest.approx([-0.2, 0.8])
    assert [bar.get_y() + bar.get_height() / 2 for bar in reached] == pytest.approx([0.2, 1.2])
    (marks,) = axes.collections
    np.testing.assert_allclose(marks.get_segments(), [[(50, -0.42), (50, 0.42)], [(50, 0.58), (50, 1.42)]])
    assert colour(marks) == ACCENT
    assert ticks(axes.yaxis) == ["a", "$b$"]
    assert axes.get_xlabel() == "share (%)"
    assert axes.get_xlim() == pytest.approx((0, 112 * 0.8))
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first row is at the top
    legend = {text.get_text(): colour(text) for text in figure.texts[2:]}
    assert legend == {"■ input": QUIET, "■ selection": SELECTED, "■ asked for": ACCENT}
    assert head(figure) == ["A title", "a note"]
    assert layout_faults(figure) == []


def test_numbers_stand_at_the_end_of_their_bar_or_beside_the_mark() -> None:
    """The axis is 80 % long: a number moves beside a mark less than 12 % of that, 9.6 points, beyond its bar."""
    (axes,) = drawn(draw_balance, ["a", "b", "c"], [0.8, 0.2, 0.3], [0.6, 0.4, 0.2], [0.5, 0.49, 0.3]).axes
    found = {(text.get_text(), round(float(text.xy[1]), 1)): float(text.xy[0]) for text in annotations(axes)}
    assert found == pytest.approx(
        {
            ("80.0%", -0.2): 80,  # the mark is within the bar
            ("20.0%", 0.8): 20,  # the mark is far beyond
            ("30.0%", 1.8): 30,  # at its end
            ("60.0%", 0.2): 60,
            ("40.0%", 1.2): 49,  # 9 points beyond
            ("20.0%", 2.2): 20,  # 10 points beyond
        }
    )


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_extreme_shares(value: float) -> None:
    figure = drawn(draw_balance, ["only"], [value], [value], [value])
    assert figure.axes[0].get_xlim() == pytest.approx((0, 112 * max(value, 0.01)))
    assert layout_faults(figure) == []


def test_what_the_plots_say() -> None:
    selection = Selection(
        strategies=[
            GOAL,
            balance({"a": 0.4, "b": 0.6}),
            balance({HOSTILE: 1.0}, input={"type": "PREDICTIONS", "task": "objects"}),
            balance({"a": 1.0}, input={"type": "X"}),
        ],
        stop_reason="",
    )
    plots = list(balance_plots(selection))
    assert [plot.name for plot in plots] == ["balance_1", "balance_2", "balance_3"]
    assert [plot.title for plot in plots] == [
        f"Balance of {what}: 88% agreement with the target" for what in ("weather", "objects", "classes")
    ]
    first = plots[0]
    assert first.args == (["b", "a"], [0.0, 0.125], [0.0, 0.25], [0.6, 0.4])  # the largest target first
    assert first.note == "shares of the classes before and after the selection"
    assert first.caption == "A target that the input cannot fill is approached as far as its samples go."
    assert first.alt == (
        f"Bar chart of the shares of weather in the input, in the selection, and asked for. {first.title}."
    )
    assert first.draw is draw_balance
    assert plots[1].args[0] == [HOSTILE]


@pytest.mark.parametrize(
    ("n", "rest"), [(12, ""), (13, "; the 12 largest of 13 targets"), (1300, "; the 12 largest of 1,300 targets")]
)
def test_many_targets_are_cut(n: int, rest: str) -> None:
    (plot,) = balance_plots(Selection(strategies=[balance({str(i): i / n for i in range(n)})], stop_reason=""))
    assert plot.args[0] == [str(i) for i in range(n - 1, n - 13, -1)]
    assert plot.note == f"shares of the classes before and after the selection{rest}"
    assert layout_faults(drawn(plot.draw, *plot.args)) == []
