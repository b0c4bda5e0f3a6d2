"""The loss curve of a training, as a picture and in words."""

import numpy as np
import pytest

from selection_assets.stages.reporting.facts.report_facts import Training
from selection_assets.stages.reporting.plots.style import ACCENT, SELECTED
from selection_assets.stages.reporting.plots.training_loss import (
    LOSS_PLOT,
    draw_loss,
    loss_note,
    loss_plots,
    loss_title,
)
from tests.stages.reporting.plots.figures import annotations, colour, drawn, head, layout_faults, ticks

LOSSES = [5.8, 5.1, 4.6, 4.7]


def test_the_curve_and_the_chosen_epoch() -> None:
    figure = drawn(draw_loss, LOSSES, 2)
    (axes,) = figure.axes
    curve, mark = axes.lines
    assert list(curve.get_xdata()) == [0, 1, 2, 3]
    assert list(curve.get_ydata()) == LOSSES
    assert (list(mark.get_xdata()), list(mark.get_ydata())) == ([2], [4.6])
    assert (colour(curve), colour(mark)) == (SELECTED, ACCENT)
    assert (curve.get_marker(), mark.get_marker(), mark.get_markerfacecolor()) == ("o", "o", "none")
    assert (curve.get_clip_on(), mark.get_clip_on()) == (False, False)  # the first and the last dot lie on the frame
    assert axes.get_ylim() == pytest.approx((4.6 - 0.25 * 1.2, 5.8 + 0.12 * 1.2))
    assert axes.get_xlim() == (0, 3)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("epoch", "loss")
    assert ticks(axes.xaxis) == ["0", "1", "2", "3"]
    (said,) = annotations(axes)
    assert (said.get_text(), said.xy) == ("epoch 2 embeds, loss 4.600", (2, 4.6))
    assert colour(said) == ACCENT
    assert head(figure) == ["A title", "a note"]
    assert layout_faults(figure) == []


@pytest.mark.parametrize(
    ("n", "chosen", "side"),
    [(4, 0, "left"), (4, 1, "left"), (4, 2, "right"), (4, 3, "right"), (5, 2, "left"), (100, 99, "right")],
)
def test_the_text_stays_within_the_picture(n: int, chosen: int, side: str) -> None:
    figure = drawn(draw_loss, [float(abs(i - chosen) + 1) for i in range(n)], chosen)
    (said,) = annotations(figure.axes[0])
    assert said.get_ha() == side
    assert said.xyann == ((-4 if side == "right" else 4), -8)
    assert layout_faults(figure) == []


@pytest.mark.parametrize(("n", "marker"), [(30, "o"), (31, "")])
def test_many_epochs_have_no_dots(n: int, marker: str) -> None:
    figure = drawn(draw_loss, list(np.linspace(5, 1, n)), n - 1)
    curve = figure.axes[0].lines[0]
    assert curve.get_marker() == marker
    assert len(ticks(figure.axes[0].xaxis)) <= 12


@pytest.mark.parametrize("loss", [0.0, 2.0, -3.0])
def test_one_epoch_and_equal_losses_have_an_axis(loss: float) -> None:
    alone = drawn(draw_loss, [loss], 0)
    assert alone.axes[0].get_xlim() == (-0.5, 0.5)
    room = max(0.02 * abs(loss), 1e-6)
    for figure in (alone, drawn(draw_loss, [loss] * 3, 1)):
        assert figure.axes[0].get_ylim() == pytest.approx((loss - 0.25 * room, loss + 0.12 * room), abs=1e-9)
        assert layout_faults(figure) == []


@pytest.mark.parametrize(
    ("losses", "title", "note"),
    [
        (LOSSES, "The loss falls from 5.800 to 4.600", "NT-Xent, mean of each epoch; 4 epochs"),
        ([2.0], "The loss of the first epoch is 2.000", "NT-Xent, mean of each epoch; 1 epoch"),
        ([2.0, 3.0], "The loss of the first epoch is 2.000, and never lower", "NT-Xent, mean of each epoch; 2 epochs"),
        ([3.0] * 1499 + [1.0], "The loss falls from 3.000 to 1.000", "NT-Xent, mean of each epoch; 1,500 epochs"),
    ],
)  # fmt: skip
def test_titles_say_what_one_sees(losses: list[float], title: str, note: str) -> None:
    assert (loss_title(losses), loss_note(losses)) == (title, note)


def test_what_the_plot_says() -> None:
    assert list(loss_plots(None)) == []
    training = Training(
        source="s", checkpoint="c", losses=LOSSES, best_epoch=2, images=4, batch_size=2, device="cpu", precision="32",
        seconds=1.0, images_per_second=4.0, loading_share=0.5,
    )  # fmt: skip
    (plot,) = loss_plots(training)
    assert plot.name == LOSS_PLOT == "training_loss"
    assert plot.title == "The loss falls from 5.800 to 4.600"
    assert plot.note == "NT-Xent, mean of each epoch; 4 epochs"
    assert plot.caption.startswith("Training: how hard it was to recognise two views of one image")
    assert plot.alt == "Curve of the training loss. NT-Xent, mean of each epoch; 4 epochs."
    assert (plot.draw, plot.args) == (draw_loss, (LOSSES, 2))
