"""The plots of a run as a table."""

from collections.abc import Sequence

import polars as pl

from selection_assets.stages.reporting.plots.plot import Plot


def plots_table(plots: Sequence[Plot]) -> pl.DataFrame:
    """One row per plot, columns name, title, caption, path (all String)."""
    return pl.DataFrame(
        [(plot.name, plot.title, plot.caption, str(plot.path)) for plot in plots],
        schema={"name": pl.String, "title": pl.String, "caption": pl.String, "path": pl.String},
        orient="row",
    )
