"""What every asset does around its stage: settings, timing, errors that a user can mend, a preview.

Nothing of a particular asset belongs here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import polars as pl
from dagster import Config, Failure, MetadataValue

from configs.errors import InputError
from configs.run_settings import STAGES
from resources.run_folder import RunFolder

C = TypeVar("C", bound=Config)


@contextmanager
def step(run_folder: RunFolder, name: str) -> Iterator[None]:
    """Time the block as step `name`; a user's mistake fails the run with its one line and no stack trace."""
    try:
        with run_folder.timed(name):
            yield
    except InputError as error:
        raise Failure(description=str(error), allow_retries=False) from None


def settings_of(run_folder: RunFolder, kind: type[C]) -> C:
    """The typed config of this run: defaults, overridden by the dataset's settings, overridden by the run config."""
    stage = next(stage for stage, config in STAGES.items() if config is kind)
    settings = run_folder.settings[stage]
    assert isinstance(settings, kind)
    return settings


def effective(config: C, run_folder: RunFolder) -> C:
    """`config` as Dagster made it of the run config alone, with the dataset's stored settings where that names none."""
    return settings_of(run_folder, type(config))


def preview(table: pl.DataFrame, rows: int = 8) -> MetadataValue:
    """The first rows as a Markdown table; vectors are left out."""
    columns = [name for name, dtype in table.schema.items() if not isinstance(dtype, pl.Array)]
    with pl.Config(
        tbl_formatting="ASCII_MARKDOWN",
        tbl_hide_dataframe_shape=True,
        tbl_hide_column_data_types=True,
        tbl_rows=rows,
        tbl_cols=12,
        fmt_str_lengths=60,
    ):
        return MetadataValue.md(str(table.select(columns).head(rows)))
