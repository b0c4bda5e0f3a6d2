"""Shares of classes before and after the selection: weak labels, and pretagged objects."""

from collections.abc import Iterator, Sequence
from typing import Any

from selection_assets.stages.reporting.analysis.weak_labels import label_counts
from selection_assets.stages.reporting.facts.report_facts import Pretagging, Samples
from selection_assets.stages.reporting.plots.plot import PlannedPlot
from selection_assets.stages.reporting.plots.style import QUIET, REMOVED, SELECTED, figure, fitted, panel

MAX_CLASSES = 12


def label_plots(samples: Samples) -> Iterator[PlannedPlot]:
    """Samples per weak label; nothing where one label has all samples, or nothing remains."""
    counts = [count for count in label_counts(samples) if count.before]
    if len(counts) < 2 or not samples.after.any():
        return
    shown, rest = counts[:MAX_CLASSES], counts[MAX_CLASSES:]
    names, before, after = [c.name for c in shown], [c.before for c in shown], [c.after for c in shown]
    if rest:
        names.append(f"{len(rest):,} others")
        before.append(sum(c.before for c in rest))
        after.append(sum(c.after for c in rest))
    shares = [100 * part[0] / sum(part) for part in (before, after)]
    title = f"The largest weak label: {shares[0]:.0f}% of the samples before, {shares[1]:.0f}% after"
    yield PlannedPlot(
        name="label_balance",
        title=title,
        note="samples by weak label; numbers are counts",
        caption="Weak labels are folder names or given labels. They influence the selection only if a strategy uses "
        "them.",
        alt=f"Bar chart of the samples per weak label before and after. {title}.",
        draw=draw_shares,
        args=(names, before, after, "samples"),
    )


def pretagging_plots(pretagging: Pretagging | None) -> Iterator[PlannedPlot]:
    """Objects per class: in all images alone, and beside them those of the selected images."""
    if pretagging is None:
        return
    classes = sorted(pretagging.before, key=lambda name: (-pretagging.before[name], name))[:MAX_CLASSES]
    in_all, in_selected = ([found.get(c, 0) for c in classes] for found in (pretagging.before, pretagging.after))
    for part, found, images, after in (
        ("before", pretagging.before, pretagging.images_before, [0] * len(classes)),
        ("after", pretagging.after, pretagging.images_after, in_selected),
    ):
        objects = sum(found.values())
        title = f"{part.capitalize()}: {objects / images if images else 0.0:.1f} objects per image on average"
        yield PlannedPlot(
            name=f"pretagging_histogram_{part}",
            title=title,
            note=f"{objects:,} objects in {images:,} images",
            caption=f"Objects that the pretagging model found {part} the selection.",
            alt=f"Bar chart of pretagged objects per class {part} the selection. {title}.",
            draw=draw_shares,
            args=(classes, in_all, after, "objects"),
        )


def draw_shares(
    title: str, note: str, names: Sequence[str], before: Sequence[int], after: Sequence[int], unit: str
) -> Any:
    """Shares of classes before (grey) and after (blue), one row each, in per cent of all counts."""
    import seaborn as sns

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
    axes.set_yticks(range(rows), [fitted(name, 1.7, 8) for name in names])
    axes.set(xlabel=f"share of all {unit} (%)", ylabel="")
    axes.grid(visible=False, axis="y")
    if rows:
        axes.legend(
            title=None, loc="lower right", bbox_to_anchor=(1.08, 1.0), ncols=2, handlelength=1, borderaxespad=0.2
        )
    sns.despine(ax=axes, left=True, bottom=True)
    return made
