"""The first rows of a table as Markdown, to be read in a web page.

An own writer: polars wraps its tables at a width, and does not escape what names may hold.
"""

from typing import Any

import polars as pl

from selection_assets.stages.reporting.markdown_text import markdown_text

TEXT_LENGTH = 60
MAX_COLUMNS = 14


def preview_table(frame: pl.DataFrame, rows: int = 8) -> str:
    """The first `rows` rows of the frame as a Markdown table, and a line that says of how many.

    Vectors and bytes are left out, texts beyond 60 characters are shortened in their middle, floats have four
    significant digits, missing values are empty. Every text is shown as it is: it is no markup.
    """
    columns = [name for name, dtype in frame.schema.items() if not isinstance(dtype, pl.Array | pl.Binary)]
    shown = columns[:MAX_COLUMNS]
    if not shown:
        return f"{frame.height:,} rows without columns to show"
    table = frame.select(shown).head(rows)
    lines = [
        _line([markdown_text(name, TEXT_LENGTH) for name in shown]),
        _line(["---:" if table.schema[name].is_numeric() else "---" for name in shown]),
        *(_line([_cell(value) for value in row]) for row in table.iter_rows()),
    ]
    more = f"{table.height:,} of {frame.height:,} rows"
    if len(columns) > len(shown):
        more += f", {len(shown)} of {len(columns)} columns"
    return "\n".join([*lines, "", more])


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 or value in (float("inf"), float("-inf")) else f"{value:.0f}"
    return markdown_text(str(value), TEXT_LENGTH)
