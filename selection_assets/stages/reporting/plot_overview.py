"""Plots of the whole dataset: coverage by the picks, weak labels, image metrics, pretagged classes, video timelines."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from selection_assets.stages.reporting.coverage import CoverageCurve
from selection_assets.stages.reporting.plot_style import (
    FAINT,
    INK,
    QUIET,
    REMOVED,
    SELECTED,
    WIDE,
    figure,
    panel,
    save,
    shorten,
    style,
)


def draw_coverage(path: Path, title: str, note: str, picks: CoverageCurve, chance: CoverageCurve) -> None:
    """Distance of the farthest (bold) and of the median (thin) sample to its nearest pick, ours and random."""
    import seaborn as sns
    from matplotlib.ticker import FuncFormatter, NullLocator

    with style():
        made = figure(title, note, height=2.7)
        axes = panel(made, right=1.3)
        for curve, colour in ((chance, QUIET), (picks, SELECTED)):
            axes.plot(curve.picks, curve.radius, color=colour, linewidth=2.2)
            axes.plot(curve.picks, curve.median, color=colour, linewidth=1, alpha=0.7)
        lowest, gap = 0.0, 0.1 * float(max(picks.radius.max(), chance.radius.max(), 1e-9))
        ends = sorted(
            (float(values[-1]), f"{name}, {part}", colour, weight)
            for curve, colour, name in ((chance, QUIET, "random"), (picks, SELECTED, "selection"))
            for values, part, weight in ((curve.radius, "farthest", "bold"), (curve.median, "median", "normal"))
        )
        place = -np.inf
        for value, text, colour, weight in ends:  # from the lowest up, so that no two texts overlap
            place = max(value, place + gap)
            axes.annotate(
                text, (1, place), xycoords=("axes fraction", "data"), xytext=(6, 0), textcoords="offset points",
                color=colour, fontsize=8, va="center", weight=weight, annotation_clip=False,
            )  # fmt: skip
        axes.set_ylim(lowest, None)
        axes.set_xlim(1, max(2, int(picks.picks[-1])))
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.grid(visible=False, axis="x")
        axes.set_xlabel("samples picked (log)")
        axes.set_ylabel("distance to nearest pick")
        sns.despine(ax=axes, left=True)
        save(made, path)


def draw_shares(
    path: Path, title: str, note: str, names: list[str], before: list[int], after: list[int], unit: str
) -> None:
    """Shares of classes before (grey) and after (blue), one row each, in per cent of all counts."""
    import seaborn as sns

    with style():
        rows = len(names)
        made = figure(title, note, height=1.3 + 0.3 * max(rows, 2))
        axes = panel(made, left=1.9, right=0.6, top=0.78)
        of_before, of_after = ([100 * c / max(sum(part), 1) for c in part] for part in (before, after))
        data = {
            "class": [str(i) for i in range(rows)] * 2,  # positions, because names may repeat
            "share": of_before + of_after,
            "set": [f"before ({sum(before):,})"] * rows + [f"after ({sum(after):,})"] * rows,
        }
        sns.barplot(
            data=data, y="class", x="share", hue="set", ax=axes, palette=[REMOVED, SELECTED], saturation=1,
            errorbar=None, width=0.72, linewidth=0,
        )  # fmt: skip
        for bars, counts in zip(axes.containers, (before, after), strict=False):
            axes.bar_label(bars, [f"{count:,}" for count in counts], padding=3, fontsize=7, color=QUIET)
        axes.set_yticks(range(rows), [shorten(name, 26) for name in names])
        axes.set(xlabel=f"share of all {unit} (%)", ylabel="")
        axes.grid(visible=False, axis="y")
        axes.legend(
            title=None, loc="lower right", bbox_to_anchor=(1.08, 1.0), ncols=2, handlelength=1, borderaxespad=0.2
        )
        sns.despine(ax=axes, left=True, bottom=True)
        save(made, path)


def draw_metrics(
    path: Path, title: str, note: str, metrics: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]
) -> None:
    """One small histogram per metric (at most four), all samples against the remaining ones, as shares."""
    import seaborn as sns

    with style():
        columns = min(2, len(metrics))
        lines = -(-len(metrics) // columns)
        height = 0.95 + 1.5 * lines
        made = figure(title, note, height=height)
        for i, (name, (before, after)) in enumerate(metrics.items()):
            width = (WIDE - 0.4) / columns
            left, top = 0.3 + (i % columns) * width, 0.85 + (i // columns) * 1.5
            axes = made.add_axes((left / WIDE, 1 - (top + 1.05) / height, (width - 0.35) / WIDE, 1.05 / height))
            edges = _bins(before)
            for values, colour, fill in ((before, REMOVED, True), (after, SELECTED, False)):
                if len(values):
                    shares = np.histogram(values, edges)[0] / len(values)
                    axes.stairs(shares, edges, fill=fill, color=colour, linewidth=0 if fill else 1.6)
            axes.set(xlabel=name, ylabel="", yticks=[])
            if len(before) and before.min() == before.max():
                axes.set_xticks([before[0]], [f"{before[0]:g}"])
            axes.grid(visible=False)
            sns.despine(ax=axes, left=True)
        for x, colour, text in ((4.9, REMOVED, "before"), (5.6, SELECTED, "after")):
            made.text(
                x / WIDE, 1 - 0.5 / height, f"■ {text}", color=colour if colour == SELECTED else QUIET, fontsize=8
            )
        save(made, path)


def _bins(values: NDArray[np.float64]) -> NDArray[np.float64]:
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, 31)


def draw_timeline(path: Path, title: str, note: str, videos: list[tuple[str, int, list[int]]]) -> None:
    """One line per video (name, frames, selected frame indices), a tick for every selected frame."""
    with style():
        made = figure(title, note, height=1.35 + 0.28 * max(len(videos), 2))
        axes: Any = panel(made, left=1.9, right=0.5)
        longest = max((frames for _, frames, _ in videos), default=1)
        for i, (_, frames, selected) in enumerate(videos):
            axes.hlines(i, 0, frames, color=FAINT, linewidth=5)
            axes.vlines(selected, i - 0.3, i + 0.3, color=SELECTED, linewidth=0.8)
            axes.annotate(
                f"{len(selected):,}", (frames, i), xytext=(5, 0), textcoords="offset points", va="center", fontsize=7.5,
                color=INK,
            )  # fmt: skip
        axes.set_yticks(range(len(videos)), [shorten(name, 26) for name, _, _ in videos])
        axes.set(xlabel="frame", xlim=(0, longest * 1.02), ylim=(len(videos) - 0.4, -0.6))
        axes.grid(visible=False, axis="y")
        for side in axes.spines.values():
            side.set_visible(False)
        save(made, path)
