"""Which plots a report has: their file names, titles, captions and alternative texts.

Belongs here: what every plot says in words, and handing it to its drawing function. Looks belong to `plot_*.py`.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from selection_assets.stages.reporting.analysis import FEWEST_PICKS, Analysis
from selection_assets.stages.reporting.coverage import CoverageCurve
from selection_assets.stages.reporting.helper_process import DRAWING
from selection_assets.stages.reporting.pairwise_statistics import PairwiseStatistics
from selection_assets.stages.reporting.plot_distances import draw_distances
from selection_assets.stages.reporting.plot_goals import draw_balance, draw_gains
from selection_assets.stages.reporting.plot_overview import draw_coverage, draw_metrics, draw_shares, draw_timeline
from selection_assets.stages.reporting.plot_pair import draw_pair
from selection_assets.stages.reporting.plot_scatter import draw_labels, draw_selection
from selection_assets.stages.reporting.plot_style import LABEL_COLOURS
from selection_assets.stages.reporting.plot_training import LOSS_PLOT, draw_loss, loss_note, loss_title
from selection_assets.stages.reporting.report_facts import Pretagging, ReportFacts, Samples, Training
from selection_assets.stages.reporting.weak_labels import LabelCount, label_counts

PAIR_STEP = 11  # filter_decision_0, _11, _22: the numbering that readers of these folders know
MAX_CLASSES = 12
MAX_GOALS = 6
MAX_VIDEOS = 20
METRICS = {"width": "width (px)", "height": "height (px)", "sharpness": "sharpness", "snr": "signal-to-noise ratio"}
UMAP_CAPTIONS = {
    5: "UMAP, 5 neighbours: fine structure, small groups of samples that are nearly the same.",
    15: "UMAP, 15 neighbours: between fine and coarse.",
    50: "UMAP, 50 neighbours: coarse structure, large groups and their relations.",
}


@dataclass(frozen=True)
class Plot:
    """A finished PNG. `name` is the file's stem, `alt` says in words what it shows."""

    name: str
    path: Path
    title: str
    caption: str
    alt: str


class _Album:
    """Plots on their way: each is queued for the drawing process at once and collected at the end."""

    def __init__(self, out_dir: Path) -> None:
        self._out_dir = out_dir
        self._queued: list[tuple[Plot, Future[None]]] = []

    def add(
        self, name: str, title: str, note: str, caption: str, alt: str, draw: Callable[..., None], *args: Any
    ) -> None:
        path = self._out_dir / f"{name}.png"
        self._queued.append((Plot(name, path, title, caption, alt), DRAWING.submit(draw, path, title, note, *args)))

    def collect(self) -> list[Plot]:
        for _, drawn in self._queued:
            drawn.result()
        return [plot for plot, _ in self._queued]


def draw_plots(facts: ReportFacts, analysis: Analysis, out_dir: Path) -> list[Plot]:
    """Draw all plots of the run into `out_dir` as PNG, each whole or not at all.

    Pairs and balances of an earlier run in the same folder are deleted.
    """
    album = _Album(out_dir)
    _distances(album, analysis)
    _pairs(album, facts, analysis)
    if analysis.coverage is not None and analysis.coverage_random is not None:
        _coverage(album, analysis.coverage, analysis.coverage_random, int(facts.samples.datapool.sum()))
    labels = [count for count in label_counts(facts.samples) if count.before]
    if len(labels) > 1 and facts.samples.after.any():
        _labels(album, labels)
    _goals(album, facts)
    _metrics(album, facts)
    if facts.training is not None:
        _training(album, facts.training)
    if facts.pretagging is not None:
        _pretagging(album, facts.pretagging)
    if facts.videos:
        _videos(album, facts)
    _views(album, facts.samples, analysis)  # last: they wait for UMAP
    plots = album.collect()
    current = {plot.path for plot in plots}
    for pattern in ("filter_decision_*.png", "balance_*.png"):
        for stale in out_dir.glob(pattern):
            if stale not in current:
                stale.unlink()
    return plots


def _distances(album: _Album, analysis: Analysis) -> None:
    counts = [s.histogram(analysis.edges) for s in (analysis.before, analysis.after)]
    for part, statistics, own, title in (
        ("before", analysis.before, counts[0], _title_before(analysis.before)),
        ("after", analysis.after, counts[1], _title_after(analysis.before, analysis.after)),
    ):
        sampled = "" if statistics.n_used == statistics.n else f", measured on a random {statistics.n_used:,}"
        note = f"{statistics.n:,} samples{sampled}, {statistics.pairs:,} pairs"
        marks = {"p10": statistics.p10, "mean": statistics.mean, "p90": statistics.p90}
        album.add(
            f"distance_distr_{part}", title, note,
            f"Pairwise L2 distances {part} the selection. Both histograms share their axes and bins.",
            f"Histogram of the pairwise distances {part} the selection: {note}.",
            draw_distances, analysis.edges, own, int(counts[0].max(initial=0)),
            {name: value for name, value in marks.items() if value is not None}, part == "after",
        )  # fmt: skip


def _title_before(before: PairwiseStatistics) -> str:
    if before.min is None:
        return "Before: too few samples for a distance"
    return f"Before: the closest two samples are {before.min:.3f} apart"


def _title_after(before: PairwiseStatistics, after: PairwiseStatistics) -> str:
    if after.min is None or before.min is None:
        return "After: too few samples for a distance"
    if after.n == before.n:
        return "After: nothing was removed"
    return f"After: the closest two are {after.min:.3f} apart"


def _training(album: _Album, training: Training) -> None:
    losses = list(training.losses)
    note = loss_note(losses)
    album.add(
        LOSS_PLOT, loss_title(losses), note,
        "Training: how hard it was to recognise two views of one image among the views of others. Lower is better; "
        "a curve that still falls at its end would gain from more epochs.",
        f"Curve of the training loss. {note}.",
        draw_loss, losses, training.best_epoch,
    )  # fmt: skip


def _views(album: _Album, samples: Samples, analysis: Analysis) -> None:
    rows = analysis.view_rows
    states = sample_states(samples)[rows].tolist()
    counts = label_counts(samples)
    legend = [(c.label, c.name) for c in counts[: len(LABEL_COLOURS)]] if len(counts) > 1 else []
    labels = samples.labels[rows].tolist() if samples.labels is not None else [0] * len(rows)
    share = sum(analysis.pca.explained)
    picked, all_ = int(samples.after.sum()), int(samples.before.sum())
    note = f"{picked:,} of {all_:,} samples selected"
    if samples.datapool.any():
        note += f", {int(samples.datapool.sum()):,} in the datapool"
    if len(rows) < len(samples.filenames):
        note += f"; a random {len(rows):,} are shown"
    beside = " and those of the datapool" if samples.datapool.any() else ""
    for name, xy in analysis.views.items():
        k = int(name.rsplit("_", 1)[-1]) if name != "pca" else 0
        method = f"UMAP-{k}" if k else "PCA"
        caption = UMAP_CAPTIONS[k] if k else (
            f"PCA: the two directions of largest variance, {share:.0%} of all variance."
        )  # fmt: skip
        album.add(
            f"scatter_{name}", f"The selection in the {method} view", note, caption,
            f"Scatter plot ({method}) with {picked:,} selected samples over the removed ones{beside}.",
            draw_selection, xy, states,
        )  # fmt: skip
        title = f"Weak labels in the {method} view" if legend else f"All samples in the {method} view"
        album.add(
            f"scatter_{name}_no_overlay", title, f"{len(counts):,} labels" if legend else f"{all_:,} samples",
            caption + " Colours are weak labels." * bool(legend),
            f"Scatter plot ({method}) of all samples, coloured by weak label.",
            draw_labels, xy, labels, legend,
        )  # fmt: skip


def sample_states(samples: Samples) -> NDArray[np.str_]:
    """(n,) one of removed, masked, datapool, preselected, selected for every sample."""
    states = np.full(len(samples.filenames), "removed", dtype="<U11")
    for state in ("masked", "preselected", "selected", "datapool"):
        states[getattr(samples, state)] = state
    return states


def _pairs(album: _Album, facts: ReportFacts, analysis: Analysis) -> None:
    names = facts.samples.filenames
    for i, pair in enumerate(analysis.pairs):
        retained, removed = names[pair.retained], names[pair.removed]
        album.add(
            f"filter_decision_{PAIR_STEP * i}", f"Distance {pair.distance:.3f}",
            f"pair {i + 1} of {len(analysis.pairs)}, from the most alike to the most different",
            "A retained image beside its nearest removed neighbour.",
            f"{retained} was retained, {removed} was removed; their distance is {pair.distance:.3f}.",
            draw_pair, (retained, facts.thumbnail(retained)), (removed, facts.thumbnail(removed)),
        )  # fmt: skip


def _coverage(album: _Album, picks: CoverageCurve, chance: CoverageCurve, n_datapool: int) -> None:
    n, ours, random = int(picks.picks[-1]) - n_datapool, float(picks.radius[-1]), float(chance.radius[-1])
    finding = f"Every sample lies within {ours:.2f} of a pick"
    if ours < random:
        finding += f" ({n:,} random picks{' beside the datapool' if n_datapool else ''}: {random:.2f})"
    album.add(
        "coverage_curve", finding,
        "distance to the nearest pick: of the farthest sample (the covering radius) and of the median one",
        "How well the first picks represent the dataset. Where the curve is flat, more picks add little."
        + f" The first {n_datapool:,} are the datapool." * bool(n_datapool),
        f"Line plot of the coverage distance by number of picks. {finding}.", draw_coverage, picks, chance,
    )  # fmt: skip


def _goals(album: _Album, facts: ReportFacts) -> None:
    balances = [goal for goal in facts.selection.strategies if "shares" in goal.get("reached", {})]
    for i, goal in enumerate(balances, 1):
        asked, reached = goal["asked"]["shares"], goal["reached"]
        names = sorted(asked, key=lambda name: -asked[name])[:MAX_CLASSES]
        what = goal["input"].get("key") or goal["input"].get("task") or "classes"
        title = f"Balance of {what}: {reached['agreement']:.0%} agreement with the target"
        rest = f"; the {MAX_CLASSES} largest of {len(asked):,} targets" if len(asked) > MAX_CLASSES else ""
        album.add(
            f"balance_{i}", title, f"shares of the classes before and after the selection{rest}",
            "A target that the input cannot fill is approached as far as its samples go.",
            f"Bar chart of the shares of {what} in the input, in the selection, and asked for. {title}.", draw_balance,
            names, *([shares.get(name, 0.0) for name in names] for shares in
                     (reached["shares_of_input"], reached["shares"], asked)),
        )  # fmt: skip
    gains = [(name, values) for name, values in facts.selection.pick_gains.items() if np.isfinite(values).any()]
    if len(gains) > 1 and len(facts.selection.pick_rows) >= FEWEST_PICKS:
        shown = gains[:MAX_GOALS]
        rest = f"; the first {MAX_GOALS} of {len(gains)} goals" if len(gains) > MAX_GOALS else ""
        album.add(
            "selection_gains", "What each pick brought to each goal",
            f"dots are picks, the line is their running mean{rest}",
            "For diversity the gain is the distance to everything picked before, for weights the value, for balance "
            "the rise of the agreement with the target.",
            "Dot plots of the gain of every pick, in the order of the picks, one for each goal.", draw_gains, shown,
        )  # fmt: skip


def _labels(album: _Album, counts: Sequence[LabelCount]) -> None:
    shown, rest = counts[:MAX_CLASSES], counts[MAX_CLASSES:]
    names, before, after = [c.name for c in shown], [c.before for c in shown], [c.after for c in shown]
    if rest:
        names.append(f"{len(rest):,} others")
        before.append(sum(c.before for c in rest))
        after.append(sum(c.after for c in rest))
    largest = max(counts, key=lambda c: c.before)
    shares = [100 * c / max(sum(part), 1) for c, part in ((largest.before, before), (largest.after, after))]
    title = f"The largest weak label: {shares[0]:.0f}% of the samples before, {shares[1]:.0f}% after"
    album.add(
        "label_balance", title, "samples by weak label; numbers are counts",
        "Weak labels are folder names or given labels. They influence the selection only if a strategy uses them.",
        f"Bar chart of the samples per weak label before and after. {title}.", draw_shares, names, before, after,
        "samples",
    )  # fmt: skip


def _metrics(album: _Album, facts: ReportFacts) -> None:
    if facts.image_metrics is None:
        return
    found = {}
    for column, text in METRICS.items():
        if column in facts.image_metrics.columns:
            values = facts.image_metrics[column].cast(float).to_numpy()
            usable = np.isfinite(values)
            if (usable & facts.samples.before).any():
                found[text] = (values[usable & facts.samples.before], values[usable & facts.samples.after])
    if found:
        album.add(
            "image_metrics", "Image size and quality, before and after", "share of samples per bin",
            "A blue outline that leaves the grey shape means that the selection prefers such images.",
            f"Histograms of {', '.join(found)} before and after the selection.", draw_metrics, found,
        )  # fmt: skip


def _pretagging(album: _Album, pretagging: Pretagging) -> None:
    classes = sorted(pretagging.before, key=lambda name: (-pretagging.before[name], name))[:MAX_CLASSES]
    for part, counts, images in (
        ("before", pretagging.before, pretagging.images_before),
        ("after", pretagging.after, pretagging.images_after),
    ):
        mean = sum(counts.values()) / images if images else 0.0
        title = f"{part.capitalize()}: {mean:.1f} objects per image on average"
        before, after = ([p.get(c, 0) for c in classes] for p in (pretagging.before, pretagging.after))
        album.add(
            f"pretagging_histogram_{part}", title, f"{sum(counts.values()):,} objects in {images:,} images",
            f"Objects that the pretagging model found {part} the selection.",
            f"Bar chart of pretagged objects per class {part} the selection. {title}.", draw_shares, classes,
            before, after if part == "after" else [0] * len(classes), "objects",
        )  # fmt: skip


def _videos(album: _Album, facts: ReportFacts) -> None:
    shown = facts.videos[:MAX_VIDEOS]
    rest = len(facts.videos) - len(shown)
    frames = sum(len(video.selected) for video in facts.videos)
    title = f"{frames:,} frames selected from {len(facts.videos):,} videos"
    note = f"the first {len(shown)} videos; {rest:,} more in report.json" if rest else ""
    album.add(
        "video_sampling_timeline", title, note,
        "Every tick is a selected frame. Gaps are stretches that resemble what is already selected.",
        f"Timeline of the selected frames of each video. {title}.", draw_timeline,
        [(v.name, v.n_frames, [index for index, _ in v.selected]) for v in shown],
    )  # fmt: skip
