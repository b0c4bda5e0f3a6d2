"""All plots of a run on one sheet, small enough to be kept in a database and large enough to be read."""

import io
from collections.abc import Sequence
from typing import Any

from selection_assets.stages.reporting.plots.plot import Plot

MIME = "image/webp"  # half the size of a JPEG as clear; browsers have shown it since 2020
MAX_BYTES = 190_000
MAX_PAIRS = 4
SIDE_BY_SIDE = ("distance_distr_", "scatter_")
COLUMN_WIDTHS = (700, 560, 420, 300)  # pixels: plots for half a page are 705 wide as they are
QUALITIES = (70, 50, 30)
GAP = 16


def overview_picture(plots: Sequence[Plot], max_bytes: int = MAX_BYTES) -> bytes:
    """One WebP picture (`MIME`) with all plots in two columns, each as wide as its column.

    Distances and views come first, the two of a kind side by side. Of many example pairs four are shown, from the most
    alike to the most different. The sheet is as large, and then as clear, as `max_bytes` allow; the smallest one is
    given where even that is larger.
    """
    from PIL import Image

    sheets = [Image.open(plot.path).convert("RGB") for plot in plots_of_the_sheet(plots)]
    data = b""
    for width in COLUMN_WIDTHS:
        sheet = _sheet(sheets, width)
        for quality in QUALITIES:
            out = io.BytesIO()
            sheet.save(out, "WEBP", quality=quality)
            data = out.getvalue()
            if len(data) <= max_bytes:
                return data
    return data


def plots_of_the_sheet(plots: Sequence[Plot]) -> list[Plot]:
    """The plots that come in pairs first, then the others in their order; but only `MAX_PAIRS` of the example pairs,
    evenly spaced, first and last included."""
    pairs = [plot.name for plot in plots if plot.name.startswith("filter_decision_")]
    if len(pairs) > MAX_PAIRS:
        shown = {pairs[round(i * (len(pairs) - 1) / (MAX_PAIRS - 1))] for i in range(MAX_PAIRS)}
        plots = [plot for plot in plots if plot.name not in pairs or plot.name in shown]
    return sorted(plots, key=lambda plot: not plot.name.startswith(SIDE_BY_SIDE))


def _sheet(pictures: Sequence[Any], width: int) -> Any:
    """Two columns of this width; each picture goes below the shorter one."""
    from PIL import Image

    heights = [GAP, GAP]
    placed = []
    for picture in pictures:
        fitted = picture.resize(
            (width, max(1, round(picture.height * width / picture.width))), Image.Resampling.LANCZOS
        )
        column = int(heights[1] < heights[0])
        placed.append((fitted, (GAP + column * (width + GAP), heights[column])))
        heights[column] += fitted.height + GAP
    sheet = Image.new("RGB", (2 * width + 3 * GAP, max(heights)), "white")
    for fitted, corner in placed:
        sheet.paste(fitted, corner)
    return sheet
