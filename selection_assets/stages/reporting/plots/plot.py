"""A plot on its way: its words, and the function that draws it; and the finished one.

Belongs here: the two shapes, and drawing one into a file. What a plot says and shows belongs to the module of its name.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selection_assets.stages.reporting.plots.style import save, style


@dataclass(frozen=True)
class PlannedPlot:
    """What will be drawn.

    Attributes:
        name: stem of the file.
        title, note: on the picture; the title says what one sees.
        caption: below the picture in the report.
        alt: what it shows, in words.
        draw: `draw(title, note, *args)` gives the matplotlib Figure; picklable, as `args` are.
    """

    name: str
    title: str
    note: str
    caption: str
    alt: str
    draw: Callable[..., Any]
    args: tuple[Any, ...]


@dataclass(frozen=True)
class Plot:
    """A finished PNG. `name` is the file's stem, `alt` says in words what it shows."""

    name: str
    path: Path
    title: str
    caption: str
    alt: str


def draw_into(path: Path, draw: Callable[..., Any], *args: Any) -> None:
    """Write the figure `draw(*args)` as a PNG, whole or not at all."""
    with style():
        save(draw(*args), path)
