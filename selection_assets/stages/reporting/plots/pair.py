"""A retained image beside its nearest removed neighbour."""

import io
from collections.abc import Iterator
from typing import Any

from selection_assets.stages.reporting.analysis.analyse import Analysis
from selection_assets.stages.reporting.facts.report_facts import ReportFacts
from selection_assets.stages.reporting.plots.plot import PlannedPlot
from selection_assets.stages.reporting.plots.style import ACCENT, DPI, QUIET, SELECTED, WIDE, figure, fitted

PAIR_STEP = 11  # filter_decision_0, _11, _22: the numbering that readers of these folders know
HEIGHT = 3.1
PHOTO = (2.95, 2.05)  # inches that a picture may fill
BOTTOM = 0.4
BESIDE_THE_KIND = 0.62  # inches from the left of a picture to its name


def pair_plots(facts: ReportFacts, analysis: Analysis) -> Iterator[PlannedPlot]:
    """One plot for each example pair, the most alike first."""
    names = facts.samples.filenames
    for i, pair in enumerate(analysis.pairs):
        retained, removed = names[pair.retained], names[pair.removed]
        yield PlannedPlot(
            name=f"filter_decision_{PAIR_STEP * i}",
            title=f"Distance {pair.distance:.3f}",
            note=f"pair {i + 1} of {len(analysis.pairs)}, from the most alike to the most different",
            caption="A retained image beside its nearest removed neighbour.",
            alt=f"{retained} was retained, {removed} was removed; their distance is {pair.distance:.3f}.",
            draw=draw_pair,
            args=((retained, facts.thumbnail(retained)), (removed, facts.thumbnail(removed))),
        )


def draw_pair(title: str, note: str, retained: tuple[str, bytes | None], removed: tuple[str, bytes | None]) -> Any:
    """Draw two pictures side by side, each given as (file name, JPEG or None); without a picture a frame stays."""
    made = figure(title, note, WIDE, HEIGHT)
    for i, (kind, colour, (name, jpeg)) in enumerate((("retained", SELECTED, retained), ("removed", ACCENT, removed))):
        left = 0.2 + i * (PHOTO[0] + 0.1)
        _picture(made, jpeg, left)
        made.text(left / WIDE, 0.22 / HEIGHT, kind, fontsize=8.5, weight="bold", color=colour, va="center")
        shown = fitted(name, PHOTO[0] - BESIDE_THE_KIND, 7.5)
        made.text((left + BESIDE_THE_KIND) / WIDE, 0.22 / HEIGHT, shown, fontsize=7.5, color=QUIET, va="center")
    return made


def _picture(made: Any, jpeg: bytes | None, left: float) -> None:
    """Put the picture at `left` inches as pixels, or a frame that says there is none."""
    import numpy as np
    from matplotlib.patches import Rectangle

    if (picture := _decoded(jpeg)) is None:
        size = (PHOTO[0] / WIDE, PHOTO[1] / HEIGHT)
        corner = (left / WIDE, BOTTOM / HEIGHT)
        made.add_artist(Rectangle(corner, *size, facecolor="#f4f6f8", edgecolor="#e6e9ed"))
        middle = corner[0] + size[0] / 2, corner[1] + size[1] / 2
        made.text(*middle, "picture not available", color=QUIET, ha="center", va="center")
        return
    scale = min(PHOTO[0] * DPI / picture.width, PHOTO[1] * DPI / picture.height)
    fitted = picture.resize((max(1, round(picture.width * scale)), max(1, round(picture.height * scale))))
    made.figimage(np.asarray(fitted)[::-1], left * DPI, BOTTOM * DPI, origin="lower")


def _decoded(jpeg: bytes | None) -> Any:
    from PIL import Image

    try:
        return Image.open(io.BytesIO(jpeg), formats=("JPEG",)).convert("RGB") if jpeg else None
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
