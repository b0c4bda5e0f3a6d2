import pytest

from selection_assets.stages.reporting.facts.report_facts import Video
from selection_assets.stages.reporting.plots.style import FAINT, INK, SELECTED
from selection_assets.stages.reporting.plots.timeline import draw_timeline, timeline_plots
from tests.stages.reporting.plots.figures import annotations, colour, drawn, head, layout_faults, ticks


def test_lines_are_the_videos_and_ticks_the_selected_frames() -> None:
    figure = drawn(draw_timeline, [("a.mp4", 50, [3, 9]), ("$b$.mp4", 1000, list(range(0, 1000, 1)))])
    (axes,) = figure.axes
    line_a, ticks_a, line_b, ticks_b = axes.collections
    assert [tuple(p) for p in line_a.get_segments()[0]] == [(0, 0), (50, 0)]
    assert [tuple(p) for p in line_b.get_segments()[0]] == [(0, 1), (1000, 1)]
    assert [[tuple(p) for p in segment] for segment in ticks_a.get_segments()] == [
        [(3, -0.3), (3, 0.3)],
        [(9, -0.3), (9, 0.3)],
    ]
    assert ticks_b.get_segments()[7].tolist() == [[7, 0.7], [7, 1.3]]
    assert [colour(part) for part in axes.collections] == [FAINT, SELECTED, FAINT, SELECTED]
    counts = annotations(axes)
    assert [(text.get_text(), text.xy) for text in counts] == [("2", (50, 0)), ("1,000", (1000, 1))]
    assert {colour(text) for text in counts} == {INK}
    assert ticks(axes.yaxis) == ["a.mp4", "$b$.mp4"]
    assert axes.get_xlabel() == "frame"
    assert axes.get_xlim() == pytest.approx((0, 1020))
    assert axes.get_ylim() == pytest.approx((1.6, -0.6))
    assert head(figure) == ["A title", "a note"]
    assert layout_faults(figure) == []


@pytest.mark.parametrize("count", [1, 20])
def test_every_video_has_its_place(count: int) -> None:
    figure = drawn(draw_timeline, [(f"{i}{'long/' * 20}.mp4", 5 * i, []) for i in range(count)])
    assert figure.get_size_inches()[1] == pytest.approx(1.35 + 0.28 * max(count, 2))
    assert layout_faults(figure) == []


def videos(count: int) -> list[Video]:
    return [Video(name=f"v{i}.mp4", n_frames=50, selected=[(3, 0.1), (9, 0.3)]) for i in range(count)]


def test_what_the_plot_says() -> None:
    assert list(timeline_plots([])) == []
    (plot,) = timeline_plots(videos(20))
    assert plot.name == "video_sampling_timeline"
    assert plot.title == "40 frames selected from 20 videos"
    assert plot.note == ""
    assert plot.alt == f"Timeline of the selected frames of each video. {plot.title}."
    assert plot.caption.startswith("Every tick is a selected frame.")
    assert plot.args == ([(f"v{i}.mp4", 50, [3, 9]) for i in range(20)],)
    assert plot.draw is draw_timeline
    (many,) = timeline_plots(videos(1021))
    assert many.title == "2,042 frames selected from 1,021 videos"
    assert many.note == "the first 20 videos; 1,001 more in report.json"
    assert len(many.args[0]) == 20
