import numpy as np
import pytest

from selection_assets.stages.reporting.facts.report_facts import Selection
from selection_assets.stages.reporting.plots.gains import draw_gains, gain_plots, running_mean
from selection_assets.stages.reporting.plots.style import QUIET, REMOVED, SELECTED
from tests.stages.reporting.facts_factory import HOSTILE
from tests.stages.reporting.plots.figures import colour, drawn, head, layout_faults

VALUES = np.array([np.nan, 1.0, 0.5, np.inf, 0.25, 0.125])


def test_dots_are_the_known_gains_and_the_line_is_their_running_mean() -> None:
    figure = drawn(draw_gains, [("far", VALUES), ("$x$", np.arange(6.0))])
    first, second = figure.axes
    (dots,) = first.collections
    assert dots.get_offsets().tolist() == [[2, 1.0], [3, 0.5], [5, 0.25], [6, 0.125]]
    (line,) = first.lines
    assert line.get_xdata().tolist() == [2, 3, 5, 6]
    np.testing.assert_allclose(line.get_ydata(), [0.75, 1.75 / 3, 0.875 / 3, 0.1875])
    assert (colour(dots), colour(line)) == (REMOVED, SELECTED)
    assert first.get_title(loc="left") == "far"
    assert second.get_title(loc="left") == "$x$"
    assert second.collections[0].get_offsets()[:, 0].tolist() == [1, 2, 3, 4, 5, 6]
    assert colour(first.title) != colour(first.lines[0])
    assert first.get_xlim() == (0, 7)
    assert head(figure) == ["A title", "a note"]
    assert layout_faults(figure) == []


@pytest.mark.parametrize(
    ("count", "columns", "lines"), [(1, 1, 1), (2, 2, 1), (3, 3, 1), (4, 2, 2), (5, 3, 2), (6, 3, 2)]
)
def test_panels_stand_in_lines_in_their_order(count: int, columns: int, lines: int) -> None:
    figure = drawn(draw_gains, [(f"goal {i} {'x' * 200}", VALUES) for i in range(count)])
    places = [(axes.get_position().x0, -axes.get_position().y0) for axes in figure.axes]
    assert len({round(x, 6) for x, _ in places}) == columns
    assert len({round(y, 6) for _, y in places}) == lines
    assert places == sorted(places, key=lambda place: (round(place[1], 6), place[0]))
    last = [axes.get_xlabel() for axes in figure.axes]
    first_of_last = columns * (lines - 1)
    assert last == [""] * first_of_last + ["pick"] * (count - first_of_last)
    assert figure.get_size_inches()[1] == pytest.approx(0.75 + 1.75 * lines)
    assert layout_faults(figure) == []


@pytest.mark.parametrize(("n", "size"), [(3, 9.0), (100, 9.0), (300, 3.0), (90_000, 0.5)])
def test_dots_shrink_with_their_number(n: int, size: float) -> None:
    (axes,) = drawn(draw_gains, [("far", np.linspace(0, 1, n))]).axes
    assert axes.collections[0].get_sizes().tolist() == [size]


def test_running_mean() -> None:
    np.testing.assert_allclose(running_mean(np.array([1.0, 2.0, 6.0])), [1.5, 3.0, 4.0])
    for n in (1, 19, 20, 39, 40, 200):
        values = np.random.default_rng(0).random(n)
        half = max(1, n // 20)
        expected = [values[max(i - half, 0) : i + half + 1].mean() for i in range(n)]
        np.testing.assert_allclose(running_mean(values), expected)


def selection(n_goals: int, n_picks: int = 6) -> Selection:
    gains = {f"goal {i}": np.arange(float(n_picks)) for i in range(n_goals)}
    return Selection(
        strategies=[], stop_reason="", pick_rows=np.arange(n_picks),
        pick_gains={"unknown": np.full(n_picks, np.nan), **gains},
    )  # fmt: skip


@pytest.mark.parametrize(("n_goals", "n_picks"), [(0, 6), (1, 6), (2, 2)])
def test_no_plot_of_one_goal_or_of_few_picks(n_goals: int, n_picks: int) -> None:
    assert list(gain_plots(selection(n_goals, n_picks))) == []


@pytest.mark.parametrize(("n_goals", "rest"), [(2, ""), (6, ""), (7, "; the first 6 of 7 goals")])
def test_what_the_plot_says(n_goals: int, rest: str) -> None:
    (plot,) = gain_plots(selection(n_goals, 3))
    assert plot.name == "selection_gains"
    assert plot.title == "What each pick brought to each goal"
    assert plot.note == f"dots are picks, the line is their running mean{rest}"
    assert plot.caption.startswith("For diversity the gain is the distance to everything picked before")
    assert plot.alt.startswith("Dot plots of the gain of every pick")
    (gains,) = plot.args
    assert [name for name, _ in gains] == [f"goal {i}" for i in range(min(n_goals, 6))]
    assert plot.draw is draw_gains


def test_hostile_names() -> None:
    figure = drawn(draw_gains, [(HOSTILE, VALUES), ("b", VALUES)])
    assert figure.axes[0].get_title(loc="left") == HOSTILE
    assert colour(figure.axes[0]._left_title) == QUIET
