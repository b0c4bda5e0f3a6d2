"""Numbers in the words of the report, for several strategies."""

from collections.abc import Mapping
from typing import Any


def number_text(value: float) -> str:
    return f"{value:,.4g}" if abs(value) < 10_000 else f"{value:,.0f}"


def means_text(reached: Mapping[str, Any]) -> str:
    """The mean of the picks beside that of the input; a dash where nothing was picked."""
    if reached.get("mean_of_picks") is None:
        return "–"
    return f"mean {number_text(reached['mean_of_picks'])} (input: {number_text(reached['mean_of_input'])})"
