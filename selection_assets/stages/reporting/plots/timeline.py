"""Which frames of each video were selected."""

from collections.abc import Iterator, Sequence
from typing import Any

from selection_assets.stages.reporting.facts.report_facts import Video
from selection_assets.stages.reporting.plots.plot import PlannedPlot
from selection_assets.stages.reporting.plots.style import FAINT, INK, SELECTED, figure, fitted, panel

MAX_VIDEOS = 20


def timeline_plots(videos: Sequence[Video]) -> Iterator[PlannedPlot]:
    """One plot of the first 20 videos, where there are any."""
    if not videos:
        return
    shown = videos[:MAX_VIDEOS]
    rest = len(videos) - len(shown)
    frames = sum(len(video.selected) for video in videos)
    title = f"{frames:,} frames selected from {len(videos):,} videos"
    yield PlannedPlot(
        name="video_sampling_timeline",
        title=title,
        note=f"the first {len(shown)} videos; {rest:,} more in report.json" if rest else "",
        caption="Every tick is a selected frame. Gaps are stretches that resemble what is already selected.",
        alt=f"Timeline of the selected frames of each video. {title}.",
        draw=draw_timeline,
        args=([(v.name, v.n_frames, [index for index, _ in v.selected]) for v in shown],),
    )


def draw_timeline(title: str, note: str, videos: Sequence[tuple[str, int, Sequence[int]]]) -> Any:
    """One line per video (name, frames, selected frame indices), a tick for every selected frame."""
    made = figure(title, note, height=1.35 + 0.28 * max(len(videos), 2))
    axes = panel(made, left=1.9, right=0.5)
    longest = max(frames for _, frames, _ in videos)
    for i, (_, frames, selected) in enumerate(videos):
        axes.hlines(i, 0, frames, color=FAINT, linewidth=5)
        axes.vlines(selected, i - 0.3, i + 0.3, color=SELECTED, linewidth=0.8)
        axes.annotate(
            f"{len(selected):,}", (frames, i), xytext=(5, 0), textcoords="offset points", va="center", fontsize=7.5,
            color=INK,
        )  # fmt: skip
    axes.set_yticks(range(len(videos)), [fitted(name, 1.7, 8) for name, _, _ in videos])
    axes.set(xlabel="frame", xlim=(0, max(longest, 1) * 1.02), ylim=(len(videos) - 0.4, -0.6))
    axes.grid(visible=False, axis="y")
    for side in axes.spines.values():
        side.set_visible(False)
    return made
