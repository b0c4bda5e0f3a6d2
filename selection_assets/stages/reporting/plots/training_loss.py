"""The loss of a training, epoch by epoch, with the epoch whose model embeds."""

from collections.abc import Iterator, Sequence
from typing import Any

from selection_assets.stages.reporting.facts.report_facts import Training
from selection_assets.stages.reporting.plots.plot import PlannedPlot
from selection_assets.stages.reporting.plots.style import ACCENT, NARROW, SELECTED, figure, panel

LOSS_PLOT = "training_loss"
MOST_DOTS = 30  # epochs that are told apart by a dot


def loss_plots(training: Training | None) -> Iterator[PlannedPlot]:
    """The curve, where a model was trained."""
    if training is None:
        return
    losses = list(training.losses)
    note = loss_note(losses)
    yield PlannedPlot(
        name=LOSS_PLOT,
        title=loss_title(losses),
        note=note,
        caption="Training: how hard it was to recognise two views of one image among the views of others. Lower is "
        "better; a curve that still falls at its end would gain from more epochs.",
        alt=f"Curve of the training loss. {note}.",
        draw=draw_loss,
        args=(losses, training.best_epoch),
    )


def loss_title(losses: Sequence[float]) -> str:
    lowest = min(losses)
    if losses[0] == lowest:
        return f"The loss of the first epoch is {lowest:.3f}" + ", and never lower" * (len(losses) > 1)
    return f"The loss falls from {losses[0]:.3f} to {lowest:.3f}"


def loss_note(losses: Sequence[float]) -> str:
    return f"NT-Xent, mean of each epoch; {len(losses):,} epoch{'s' * (len(losses) > 1)}"


def draw_loss(title: str, note: str, losses: Sequence[float], chosen: int) -> Any:
    """Draw the curve; epochs count from 0, as in the names of checkpoints. `chosen`: the epoch whose model embeds."""
    from matplotlib.ticker import MaxNLocator

    n, lowest, highest = len(losses), min(losses), max(losses)
    made = figure(title, note, NARROW, 3.0)
    axes = panel(made)
    marker = "o" if n <= MOST_DOTS else ""
    axes.plot(range(n), losses, color=SELECTED, linewidth=1.6, marker=marker, markersize=4, clip_on=False)
    axes.plot([chosen], [losses[chosen]], marker="o", markersize=8, markerfacecolor="none", color=ACCENT, clip_on=False)
    room = max(highest - lowest, 0.02 * abs(lowest), 1e-6)
    axes.set_ylim(lowest - 0.25 * room, highest + 0.12 * room)
    axes.set_xlim(min(0, n - 1.5), max(n - 1, 0.5))
    right = chosen > (n - 1) / 2  # the text stands where there is more room
    axes.annotate(
        f"epoch {chosen} embeds, loss {losses[chosen]:.3f}", (chosen, losses[chosen]),
        xytext=(-4 if right else 4, -8), textcoords="offset points", ha="right" if right else "left", va="top",
        fontsize=8, color=ACCENT,
    )  # fmt: skip
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=10, min_n_ticks=1))
    axes.grid(visible=False, axis="x")
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss")
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    return made
