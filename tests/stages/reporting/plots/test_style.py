import io
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from selection_assets.stages.reporting.plots.plot import draw_into
from selection_assets.stages.reporting.plots.style import (
    ACCENT,
    DPI,
    INK,
    LABEL_COLOURS,
    NARROW,
    QUIET,
    RC,
    WIDE,
    figure,
    fitted,
    panel,
    save,
    style,
)
from tests.stages.reporting.facts_factory import HOSTILE


def test_title_and_note_stand_at_the_upper_left() -> None:
    made = figure("Before", "3 samples", 4.0, 2.0)
    title, note = made.texts
    assert (title.get_text(), note.get_text()) == ("Before", "3 samples")
    assert title.get_position() == pytest.approx((0.2 / 4, 1 - 0.16 / 2))
    assert note.get_position() == pytest.approx((0.2 / 4, 1 - 0.39 / 2))
    assert title.get_weight() == "bold"
    assert title.get_fontsize() > note.get_fontsize()
    assert note.get_color() == QUIET
    assert (made.get_size_inches().tolist(), made.dpi) == ([4.0, 2.0], DPI)
    assert figure("a").get_size_inches().tolist() == [WIDE, 3.5]


@pytest.mark.parametrize("text", ["W" * 300, "i" * 300, "日本" * 300, HOSTILE * 20, "a\nb" * 200])
def test_texts_that_are_too_long_are_shortened_to_the_width(text: str) -> None:
    with style():
        made = figure(text, text, width=4.0)
        FigureCanvasAgg(made).draw()
        for shown in made.texts:
            box = shown.get_window_extent()
            assert 3.5 * DPI < box.x1 <= 3.97 * DPI
            assert "…" in shown.get_text()


def test_short_texts_stay_whole_and_long_ones_keep_both_ends() -> None:
    with style():
        assert fitted("dir/a.jpg", 3, 8) == "dir/a.jpg"
        assert fitted("a\nb", 3, 8) == "a b"
        assert fitted("", 3, 8) == ""
        long = fitted("start" + "x" * 300 + "end.jpg", 2, 8)
        assert long.startswith("start") and long.endswith("end.jpg")
        assert (
            len(fitted("x" * 300, 2, 8)) > len(fitted("x" * 300, 2, 8, "bold")) > len(fitted("x" * 300, 1, 8, "bold"))
        )


def test_the_label_of_the_vertical_axis_stands_at_the_edge() -> None:
    with style():
        made = figure("a", width=4.0, height=2.0)
        axes = panel(made)
        axes.set_ylabel("loss")
        axes.set_ylim(1.9975, 2.0025)
        FigureCanvasAgg(made).draw()
        box, frame = axes.yaxis.label.get_window_extent(), axes.get_window_extent()
    assert 0 < box.x0 < box.x1 < 0.18 * DPI
    assert (box.y0 + box.y1) / 2 == pytest.approx((frame.y0 + frame.y1) / 2, abs=1)


def test_margins_of_a_panel_are_inches() -> None:
    made = figure("a", width=4.0, height=2.0)
    box = panel(made, left=0.5, right=0.3, top=0.6, bottom=0.4).get_position()
    assert (box.x0 * 4, (1 - box.x1) * 4, (1 - box.y1) * 2, box.y0 * 2) == pytest.approx((0.5, 0.3, 0.6, 0.4))
    box = panel(made).get_position()
    assert (box.x0 * 4, (1 - box.x1) * 4, (1 - box.y1) * 2, box.y0 * 2) == pytest.approx((0.7, 0.2, 0.72, 0.5))


def test_the_look_ends_with_its_block() -> None:
    before = mpl.rcParams["font.size"], mpl.rcParams["text.parse_math"]
    with style():
        assert mpl.rcParams["font.size"] == RC["font.size"] == 9
        assert mpl.rcParams["text.parse_math"] is False
        assert mpl.rcParams["text.color"] == INK
        assert mpl.rcParams["axes.axisbelow"] is True  # bars hide the lines of the grid
    assert (mpl.rcParams["font.size"], mpl.rcParams["text.parse_math"]) == before


def test_a_saved_figure_is_an_rgb_png_of_its_size(tmp_path: Path) -> None:
    made = figure("", width=2.0, height=1.0)
    made.patch.set_facecolor(ACCENT)
    (tmp_path / "new").mkdir()
    save(made, tmp_path / "new" / "a.png")
    with Image.open(tmp_path / "new" / "a.png") as picture:
        assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", (2 * DPI, DPI))
        assert picture.info["dpi"] == pytest.approx((DPI, DPI), abs=0.1)
        assert np.asarray(picture)[10, 10].tolist() == [0xD5, 0x5E, 0x00]
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.png"]


def test_drawing_into_a_file_uses_the_look_and_the_arguments(tmp_path: Path) -> None:
    seen = []

    def draw(title: str, note: str, more: int) -> object:
        seen.append((title, note, more, mpl.rcParams["text.parse_math"]))
        return figure(title, note, NARROW, 1.0)

    draw_into(tmp_path / "a.png", draw, "$x$", "note", 3)
    assert seen == [("$x$", "note", 3, False)]
    with Image.open(io.BytesIO((tmp_path / "a.png").read_bytes())) as picture:
        assert picture.size == (round(NARROW * DPI), DPI)


def test_colours_of_labels_differ() -> None:
    assert len(LABEL_COLOURS) == len(set(LABEL_COLOURS)) == 18
    rgb = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in LABEL_COLOURS], float)
    gaps = np.linalg.norm(rgb[:, None] - rgb[None], axis=2) + 1000 * np.eye(18)
    assert gaps.min() > 25
