"""stand-in until merge."""

import polars as pl


def preview_table(frame: pl.DataFrame, rows: int = 8) -> str:
    columns = [name for name, dtype in frame.schema.items() if not isinstance(dtype, pl.Array)]
    with pl.Config(
        tbl_formatting="ASCII_MARKDOWN",
        tbl_hide_dataframe_shape=True,
        tbl_hide_column_data_types=True,
        tbl_rows=rows,
        tbl_cols=12,
        fmt_str_lengths=60,
        tbl_width_chars=-1,
    ):
        return str(frame.select(columns).head(rows))
