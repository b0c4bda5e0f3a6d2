import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from selection_assets.stages.reporting.documents.write_report import WrittenReport
from selection_assets.stages.reporting.plots.overview_picture import GAP, overview_picture, plots_of_the_sheet
from selection_assets.stages.reporting.plots.plot import Plot
from selection_assets.stages.reporting.plots.plots_table import plots_table

COLOURS = [(200, 0, 0), (0, 200, 0), (0, 0, 200), (200, 200, 0)]


def plot(folder: Path, name: str, picture: Image.Image) -> Plot:
    picture.save(folder / f"{name}.png")
    return Plot(name, folder / f"{name}.png", f"{name}'s title", f"{name}'s caption", "alt")


def opened(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as picture:
        assert (picture.format, picture.mode) == ("WEBP", "RGB")
        return np.asarray(picture).astype(int)


def test_plots_stand_in_two_columns_each_below_the_shorter_one(tmp_path: Path) -> None:
    sizes = [(700, 200), (700, 100), (1400, 200), (350, 100)]
    plots = [
        plot(tmp_path, str(i), Image.new("RGB", size, colour))
        for i, (size, colour) in enumerate(zip(sizes, COLOURS, strict=True))
    ]
    sheet = opened(overview_picture(plots))
    # The second is 100 high, the third (fitted to 700 x 100) goes below it, the fourth (700 x 200) below the first.
    assert sheet.shape == (16 + 200 + 16 + 200 + 16, 16 + 700 + 16 + 700 + 16, 3)
    left, right = GAP, 2 * GAP + 700
    corners = [(left, 16, 200), (right, 16, 100), (right, 132, 100), (left, 232, 200)]
    for (x, y, height), colour in zip(corners, COLOURS, strict=True):
        for place in ((y + 5, x + 5), (y + height - 6, x + 694)):
            assert np.abs(sheet[place] - colour).max() < 12
    for place in ((8, 8), (224, 300), (300, 1000), (440, 1440)):
        assert sheet[place].min() > 240


@pytest.mark.parametrize("limit", [190_000, 60_000])
def test_the_sheet_of_a_whole_report_is_small_and_readable(written: WrittenReport, limit: int) -> None:
    data = overview_picture(written.plots, limit)
    assert len(data) <= limit
    assert len(overview_picture(written.plots)) <= 190_000
    assert opened(data).shape[1] >= (1448 if limit > 100_000 else 800)


def test_photographs_that_do_not_fit_give_the_smallest_sheet(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (600, 800, 3)).astype(np.uint8)
    plots = [plot(tmp_path, "noise", Image.fromarray(noise))]
    sheets = [overview_picture(plots, limit) for limit in (10**7, 100_000, 30_000, 1)]
    widths = [opened(sheet).shape[1] for sheet in sheets]
    assert widths == sorted(widths, reverse=True)
    assert (widths[0], widths[-1]) == (2 * 700 + 48, 2 * 300 + 48)
    assert all(len(sheet) <= limit for sheet, limit in zip(sheets, (10**7, 100_000), strict=False))


def test_of_many_pairs_four_are_shown_from_first_to_last() -> None:
    def named(*names: str) -> list[Plot]:
        return [Plot(name, Path(name), "", "", "") for name in names]

    pairs = [f"filter_decision_{11 * i}" for i in range(10)]
    shown = [p.name for p in plots_of_the_sheet(named("first", *pairs, "last"))]
    assert shown == ["first", *(pairs[i] for i in (0, 3, 6, 9)), "last"]
    mixed = named("b", "scatter_pca", "filter_decision_0", "distance_distr_before", "a", "scatter_pca_no_overlay")
    assert [p.name for p in plots_of_the_sheet(mixed)] == [
        "scatter_pca", "distance_distr_before", "scatter_pca_no_overlay", "b", "filter_decision_0", "a",
    ]  # fmt: skip
    for n in (0, 1, 4):
        assert [p.name for p in plots_of_the_sheet(named(*pairs[:n]))] == pairs[:n]
    assert len(plots_of_the_sheet(named(*pairs[:5]))) == 4


def test_no_plots() -> None:
    assert opened(overview_picture([])).shape == (16, 1448, 3)


def test_table_of_the_plots(tmp_path: Path) -> None:
    plots = [plot(tmp_path, name, Image.new("RGB", (5, 5))) for name in ("a", "b")]
    table = plots_table(plots)
    assert table.rows() == [(p.name, p.title, p.caption, str(p.path)) for p in plots]
    assert plots_table([]).schema == table.schema
    assert table.columns == ["name", "title", "caption", "path"]
