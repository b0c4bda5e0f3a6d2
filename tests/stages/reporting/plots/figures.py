"""How tests look at a figure: what is written on it, what stands where, and whether everything has its place."""

from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.text import Annotation, Text

from selection_assets.stages.reporting.plots.style import style


def drawn(draw: Any, *args: Any) -> Any:
    """The figure of a drawing function, in the look of the report, drawn once so that ticks and texts have places."""
    with style():
        figure = draw("A title", "a note", *args)
        FigureCanvasAgg(figure).draw()
        return figure


def head(figure: Any) -> list[str]:
    """Title and note."""
    return [text.get_text() for text in figure.texts[:2]]


def ticks(axis: Any) -> list[str]:
    """The labels of the ticks."""
    return [label.get_text() for label in axis.get_ticklabels()]


def annotations(axes: Any) -> list[Annotation]:
    return [text for text in axes.texts if isinstance(text, Annotation)]


def colour(artist: Any) -> str:
    """The one colour of a line, a text, a bar or a collection, as #rrggbb."""
    for name in ("get_facecolor", "get_color"):
        if hasattr(artist, name) and len(found := getattr(artist, name)()):
            return str(to_hex(found if isinstance(found, str) else np.atleast_2d(found)[0]))
    raise TypeError(artist)


def shown_texts(figure: Any) -> list[Text]:
    """Every text that is drawn. Ticks beyond the limits of their axis are not."""
    texts = [*figure.texts, *(text for legend in figure.legends for text in legend.get_texts())]
    for axes in figure.axes:
        legend = axes.get_legend()
        texts += [*axes.texts, axes.title, axes._left_title, axes.xaxis.label, axes.yaxis.label]
        texts += [tick.label1 for axis in (axes.xaxis, axes.yaxis) for tick in axis._update_ticks()]
        texts += legend.get_texts() if legend else []
    return [text for text in texts if text.get_visible() and text.get_text().strip()]


def layout_faults(figure: Any) -> list[str]:
    """Texts that leave the figure, texts over each other, and axes that leave the figure or each other."""
    renderer = figure.canvas.get_renderer()
    width, height = figure.canvas.get_width_height()
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in shown_texts(figure)]
    faults = [
        f"{name!r} leaves the figure"
        for name, box in boxes
        if box.x0 < -1 or box.y0 < -1 or box.x1 > width + 1 or box.y1 > height + 1
    ]
    for i, (first, a) in enumerate(boxes):
        for second, b in boxes[i + 1 :]:
            if min(a.x1, b.x1) - max(a.x0, b.x0) > 2 and min(a.y1, b.y1) - max(a.y0, b.y0) > 2:
                faults.append(f"{first!r} and {second!r} overlap")
    frames = [axes.get_window_extent(renderer) for axes in figure.axes]
    for i, a in enumerate(frames):
        if a.x0 < 0 or a.y0 < 0 or a.x1 > width or a.y1 > height or a.width < 60 or a.height < 40:
            faults.append(f"axes {i} have no place: {a.bounds}")
        for b in frames[i + 1 :]:
            if min(a.x1, b.x1) - max(a.x0, b.x0) > 0 and min(a.y1, b.y1) - max(a.y0, b.y0) > 0:
                faults.append(f"axes {i} overlap others")
    return faults
