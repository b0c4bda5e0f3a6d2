"""The one look of all plots: colours, type, a figure with a title that says what one sees, and how it is saved.

Belongs here: what every plot shares. Does not belong here: any particular plot (the modules beside this one).
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from resources.atomic_file import atomic_path
from selection_assets.stages.reporting.shorten import shorten

INK = "#1f2933"
QUIET = "#6b7785"
FAINT = "#d9dee4"
SELECTED = "#0072b2"  # blue and orange of Okabe and Ito's palette, told apart in every kind of colour blindness
ACCENT = "#d55e00"
REMOVED = "#c2c9d1"
EARLIER = "#5b6673"
# Okabe and Ito's eight colours without black, then Tol's muted ones, for weak labels.
LABEL_COLOURS = (
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b8a800",
    "#332288", "#88ccee", "#117733", "#882255", "#999933", "#aa4499", "#44aa99",
    "#cc6677", "#6699cc", "#661100", "#ddcc77",
)  # fmt: skip
OTHER_LABELS = "#b9c0c8"
DPI = 150
NARROW = 4.7  # inches: two of them stand side by side on a page
WIDE = 6.4
LABEL_EDGE = 0.17  # inches from the edge of the figure to the label of its vertical axis

RC: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["Liberation Sans", "Arial", "Helvetica", "DejaVu Sans"],
    "font.size": 9,
    "text.color": INK,
    "text.parse_math": False,  # file and folder names may hold dollar signs
    "axes.labelcolor": QUIET,
    "axes.edgecolor": FAINT,
    "axes.linewidth": 0.8,
    "axes.labelsize": 8.5,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#eef1f4",
    "grid.linewidth": 0.8,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}


@contextlib.contextmanager
def style() -> Iterator[None]:
    """Use the look inside a `with` block. Settings are global to the process: plots are drawn one at a time."""
    import logging
    import warnings

    import matplotlib as mpl
    import seaborn as sns

    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # a missing font has a substitute
    with mpl.rc_context(sns.axes_style("whitegrid") | RC), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from")  # names may be in any script: boxes stand for them
        yield


def figure(title: str, note: str = "", width: float = WIDE, height: float = 3.5) -> Any:
    """A white figure with a left-aligned title and a quiet line below it; sizes in inches, `DPI` pixels each."""
    from matplotlib.figure import Figure

    made = Figure(figsize=(width, height), dpi=DPI)
    room = width - 0.3
    made.text(0.2 / width, 1 - 0.16 / height, fitted(title, room, 11, "bold"), fontsize=11, weight="bold", va="top")
    made.text(0.2 / width, 1 - 0.39 / height, fitted(note, room, 8.5), fontsize=8.5, color=QUIET, va="top")
    return made


def panel(made: Any, left: float = 0.7, right: float = 0.2, top: float = 0.72, bottom: float = 0.5) -> Any:
    """Axes that leave the given margins in inches; a label of the vertical axis stands at the edge of the figure."""
    from matplotlib.transforms import blended_transform_factory

    width, height = made.get_size_inches()
    box = (left / width, bottom / height, (width - left - right) / width, (height - top - bottom) / height)
    axes = made.add_axes(box)
    # matplotlib places it beside the ticks of the drawing before, of which there is none.
    edge = blended_transform_factory(made.transFigure, axes.transAxes)
    axes.yaxis.set_label_coords(LABEL_EDGE / width, 0.5, transform=edge)
    return axes


def fitted(text: str, inches: float, size: float, weight: str = "normal") -> str:
    """The text, with its middle left out where it would be wider than this at this size (points) in this look."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(size=size, weight=weight)

    def fits(length: int) -> bool:
        width: float = text_to_path.get_text_width_height_descent(shorten(text, length), font, ismath=False)[0]
        return width <= 72 * inches

    if fits(len(text)):
        return shorten(text, len(text))
    low, high = 2, len(text)  # `low` fits, `high` does not
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return shorten(text, low)


def save(made: Any, path: Path) -> None:
    """Write the figure as an RGB PNG, whole or not at all; the same figure gives the same bytes."""
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    canvas = FigureCanvasAgg(made)
    canvas.draw()
    pixels = np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[..., :3])
    with atomic_path(path) as temporary:
        Image.fromarray(pixels).save(temporary, format="PNG", compress_level=4, dpi=(DPI, DPI))
