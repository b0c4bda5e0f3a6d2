"""Jinja2 for both report templates: automatic escaping, and the number formats that they share."""

from functools import cache
from typing import Any

from selection_assets.stages.reporting.documents.goal_texts import asked_text, reached_text
from selection_assets.stages.reporting.shorten import shorten

PLOT_PAIRS = ("pca", "umap_k_5", "umap_k_15", "umap_k_50")


@cache
def environment() -> Any:
    """The environment; every value is HTML-escaped, an unknown name is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("selection_assets.stages.reporting.documents", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        asked=asked_text,
        reached=reached_text,
        brief=shorten,
        count=count,
        decimal=decimal,
        percent=percent,
        seconds=seconds,
        share=share,
        moment=moment,
    )
    made.globals["views"] = PLOT_PAIRS
    return made


def count(value: int | None) -> str:
    """1234567 -> 1,234,567."""
    return "–" if value is None else f"{value:,}"


def decimal(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def percent(value: float | None, digits: int = 1) -> str:
    return "–" if value is None else f"{100 * value:.{digits}f}%"


def share(part: float, whole: float) -> float:
    """part / whole, 0 when there is no whole."""
    return part / whole if whole else 0.0


def seconds(value: float | None) -> str:
    """9.31 -> 9.3 s, 173 -> 2 min 53 s, 16622 -> 4 h 37 min."""
    if value is None:
        return "–"
    if value < 60:
        return f"{value:.1f} s" if value >= 0.995 else f"{value:.2f} s"
    whole = round(value)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def moment(iso: str) -> str:
    """2026-11-21T10:02:26.123+00:00 -> 2026-11-21 10:02:26 UTC; anything else stays as it is."""
    from datetime import datetime

    try:
        parsed = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    zone = "" if parsed.tzinfo is None else " " + (parsed.tzname() or "")
    return f"{parsed:%Y-%m-%d %H:%M:%S}{zone}"
