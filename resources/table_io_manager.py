"""Tables between assets: one Parquet file per asset and dataset, in the state folder.

Vectors are fixed-size float32 columns. Nothing is pickled.
"""

from pathlib import Path
from typing import Any

import polars as pl
from dagster import InputContext, OutputContext, UPathIOManager
from upath import UPath

from resources.atomic_file import atomic_path


class TableIOManager(UPathIOManager):
    """Stores polars frames as Parquet at <base>/<asset>/<partition>.parquet."""

    extension = ".parquet"

    def dump_to_path(self, context: OutputContext, obj: pl.DataFrame, path: UPath) -> None:
        with atomic_path(Path(str(path))) as temporary:
            obj.write_parquet(temporary, compression="zstd")

    def load_from_path(self, context: InputContext, path: UPath) -> pl.DataFrame:
        return pl.read_parquet(str(path))

    def get_metadata(self, context: OutputContext, obj: Any) -> dict[str, Any]:
        return {"dagster/row_count": len(obj)}
