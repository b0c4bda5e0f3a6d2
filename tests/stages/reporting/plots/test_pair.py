import dataclasses
import io

import numpy as np
import pytest
from matplotlib.patches import Rectangle
from PIL import Image

from selection_assets.stages.reporting.analysis.analyse import analyse
from selection_assets.stages.reporting.analysis.example_pairs import ExamplePair
from selection_assets.stages.reporting.plots.pair import draw_pair, pair_plots
from selection_assets.stages.reporting.plots.style import ACCENT, DPI, QUIET, SELECTED
from tests.stages.reporting.facts_factory import HOSTILE, example_facts, jpeg
from tests.stages.reporting.plots.figures import colour, drawn, head, layout_faults

LEFT, RIGHT = 0.2 * DPI, (0.2 + 2.95 + 0.1) * DPI  # of the two places, in pixels
WIDTH, HEIGHT = 2.95 * DPI, 2.05 * DPI


def picture(width: int, height: int, mode: str = "RGB") -> bytes:
    """The left half black, the right one white, and the upper right quarter grey."""
    image = np.zeros((height, width), np.uint8)
    image[:, width // 2 :] = 255
    image[: height // 2, width // 2 :] = 128
    out = io.BytesIO()
    Image.fromarray(image).convert(mode).save(out, "JPEG", quality=95)
    return out.getvalue()


@pytest.mark.parametrize(
    ("width", "height", "shown"),
    [(590, 410, (442, 308)), (100, 10, (442, 44)), (10, 100, (31, 308)), (4000, 3000, (410, 308)), (1, 3000, (1, 308))],
)
def test_pictures_fill_their_places_and_keep_their_shape(width: int, height: int, shown: tuple[int, int]) -> None:
    figure = drawn(draw_pair, ("a.jpg", picture(width, height)), ("b.jpg", picture(width, height)))
    first, second = figure.images
    assert (first.ox, second.ox) == pytest.approx((LEFT, RIGHT))
    assert first.oy == second.oy == pytest.approx(0.4 * DPI)
    for image in (first, second):
        rows, columns, _ = image.get_array().shape
        assert (columns, rows) == pytest.approx(shown, abs=1)
        assert columns <= WIDTH + 1 and rows <= HEIGHT + 1
    assert not figure.patches
    assert layout_faults(figure) == []


def test_the_upper_edge_of_the_picture_is_up() -> None:
    figure = drawn(draw_pair, ("a.jpg", picture(60, 40)), ("b.jpg", None))
    canvas = np.asarray(figure.canvas.buffer_rgba())[..., 0]
    height = len(canvas)
    top, bottom = height - int(0.4 * DPI + 0.9 * 295), height - int(0.4 * DPI + 20)
    left, right = int(LEFT + 50), int(LEFT + 400)
    assert canvas[top, left] < 20 and canvas[bottom, left] < 20
    assert abs(int(canvas[top, right]) - 128) < 20
    assert canvas[bottom, right] > 235


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_other_kinds_of_jpeg(mode: str) -> None:
    figure = drawn(draw_pair, ("a.jpg", picture(60, 40, mode)), ("b.jpg", None))
    assert figure.images[0].get_array().shape[2] == 3


@pytest.mark.parametrize("jpeg", [None, b"", b"\xff\xd8 no picture", picture(60, 40)[:100]])
def test_a_frame_says_that_there_is_no_picture(jpeg: bytes | None) -> None:
    figure = drawn(draw_pair, ("a.jpg", picture(60, 40)), ("b.jpg", jpeg))
    assert len(figure.images) == 1
    (frame,) = (
        artist for artist in figure.get_children() if isinstance(artist, Rectangle) and artist is not figure.patch
    )
    box = frame.get_window_extent()
    assert (box.x0, box.y0, box.width, box.height) == pytest.approx((RIGHT, 0.4 * DPI, WIDTH, HEIGHT), abs=1)
    (said,) = (text for text in figure.texts if text.get_text() == "picture not available")
    place = said.get_window_extent()
    assert (place.x0 + place.x1) / 2 == pytest.approx(RIGHT + WIDTH / 2, abs=2)
    assert (place.y0 + place.y1) / 2 == pytest.approx(0.4 * DPI + HEIGHT / 2, abs=2)


def test_names_stand_below_their_pictures() -> None:
    long = "d" * 90 + "/1.jpg"
    figure = drawn(draw_pair, (HOSTILE, jpeg("a")), (long, jpeg("b")))
    assert head(figure) == ["A title", "a note"]
    kinds = figure.texts[2:]
    assert [text.get_text() for text in kinds[:3]] == ["retained", HOSTILE, "removed"]
    assert kinds[3].get_text().startswith("d" * 9) and kinds[3].get_text().endswith("ddd/1.jpg")
    assert [colour(text) for text in kinds] == [SELECTED, QUIET, ACCENT, QUIET]
    starts = [text.get_window_extent().x0 for text in kinds]
    assert starts[0] == pytest.approx(LEFT, abs=2)
    assert starts[2] == pytest.approx(RIGHT, abs=2)
    assert layout_faults(figure) == []


def test_what_the_plots_say() -> None:
    facts = example_facts(12, 4, thumbnail=lambda name: name.encode() if name != "dir/0007.jpg" else None)
    analysis = dataclasses.replace(analyse(facts, 0), pairs=[ExamplePair(0, 5, 0.12345), ExamplePair(3, 7, 1.5)])
    first, second = pair_plots(facts, analysis)
    assert (first.name, second.name) == ("filter_decision_0", "filter_decision_11")
    assert (first.title, second.title) == ("Distance 0.123", "Distance 1.500")
    assert first.note == "pair 1 of 2, from the most alike to the most different"
    assert second.note == "pair 2 of 2, from the most alike to the most different"
    assert second.alt == "dir/0003.jpg was retained, dir/0007.jpg was removed; their distance is 1.500."
    assert first.caption == "A retained image beside its nearest removed neighbour."
    assert first.args == (("dir/0000.jpg", b"dir/0000.jpg"), ("dir/0005.jpg", b"dir/0005.jpg"))
    assert second.args == (("dir/0003.jpg", b"dir/0003.jpg"), ("dir/0007.jpg", None))
    assert first.draw is draw_pair
