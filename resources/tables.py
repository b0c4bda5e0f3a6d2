"""Tables between assets: one Parquet file per asset and dataset, see `resources.table_place`. Nothing is pickled.

A table carries what its step found out: `facts` follow from what it holds and how it was asked for, `figures` are what
was measured on the way (seconds, cache hits, warnings). So any later step, process or run tells the same story.
"""

import hashlib
import io
import json
import tempfile
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from dagster import (
    DagsterInvariantViolationError,
    InitResourceContext,
    InputContext,
    IOManagerDefinition,
    OutputContext,
    TableColumn,
    TableSchema,
    UPathIOManager,
)
from upath import UPath

from configs.dataset_key import dataset_key
from configs.errors import InputError
from resources.atomic_file import atomic_path, disk_error
from resources.table_place import is_local, place_told, table_place

METADATA_KEY = "winnow"  # in the file, beside the columns


@dataclass(frozen=True)
class Table:
    """Rows, and what is known about them; facts and figures are plain values, as JSON holds them."""

    frame: pl.DataFrame
    facts: Mapping[str, Any] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def told(self) -> dict[str, Any]:
        """All that its step found out."""
        return {**self.facts, **self.figures}

    def digest(self) -> str:
        """16 hexadecimal digits that change with rows and facts, and only with them."""
        content = hashlib.sha256(json.dumps(self.facts, sort_keys=True).encode())
        for column in self.frame.get_columns():
            content.update(f"{column.name}\0{column.dtype}\0{len(column)}\0".encode())
            content.update(np.packbits(column.is_not_null().to_numpy()).tobytes())
            content.update(_values(column))
        return content.hexdigest()[:16]


def _values(column: pl.Series) -> bytes:
    """The bytes of a column's values, whatever lies in memory where there is none."""
    if isinstance(column.dtype, pl.Array):
        return column.to_physical().to_numpy().tobytes()
    if column.dtype == pl.String:
        texts = column.fill_null("")
        return texts.str.len_bytes().to_numpy().tobytes() + "".join(texts.to_list()).encode()
    if column.dtype.is_numeric() or column.dtype == pl.Boolean:
        return column.fill_null(strategy="zero").to_numpy().tobytes()
    return repr(column.to_list()).encode()


class TableIOManager(UPathIOManager):
    """Stores each `Table` at <base>/<asset>/<partition>.parquet."""

    extension = ".parquet"

    def __init__(self, base_path: UPath | None = None, fault: InputError | None = None) -> None:
        """fault: why there is no place for tables; an error of the first step that uses one."""
        super().__init__(base_path)
        self._fault = fault

    def dump_to_path(self, context: OutputContext, obj: Table, path: UPath) -> None:
        if is_local(path):
            with atomic_path(Path(path.path)) as temporary:
                _write(obj, temporary)
        else:
            _put(obj, path)
        context.add_output_metadata({"dagster/uri": path.absolute().as_uri()})

    def handle_output(self, context: OutputContext, obj: Table) -> None:
        with self._told_errors(context), self._opened():
            super().handle_output(context, obj)

    def load_input(self, context: InputContext) -> Any:
        with self._told_errors(context):
            if self._session(context):
                self._session(context).begin()  # another run may be about to replace the table
            with self._opened():
                return super().load_input(context)

    def _opened(self) -> AbstractContextManager[None]:
        if self._fault:
            raise self._fault
        return place_told(self._base_path)

    def _session(self, context: InputContext | OutputContext) -> Any:
        """This process's `RunSession`; None outside of a run."""
        try:
            return getattr(context.resources, "run_folder", None)
        except DagsterInvariantViolationError:
            return None

    def _told_errors(self, context: InputContext | OutputContext) -> AbstractContextManager[None]:
        session = self._session(context)
        return session.told_errors() if session else nullcontext()

    def load_from_path(self, context: InputContext, path: UPath) -> Table:
        return read_table(path)

    def get_metadata(self, context: OutputContext, obj: Table) -> dict[str, Any]:
        columns = [TableColumn(name, str(dtype)) for name, dtype in obj.frame.schema.items()]
        return {
            "dagster/row_count": len(obj.frame),
            "dagster/column_schema": TableSchema(columns=columns),
        }

    def make_safe_partition_path(self, base_path: UPath, partition: str) -> UPath:
        return base_path / dataset_key(partition)


def read_table(path: Path | UPath) -> Table:
    """The table in a file. Raises InputError where it is gone, damaged, or of an older version, or its bucket is."""
    try:
        source = Path(path) if isinstance(path, Path) else _fetched(path)
        about = json.loads(pl.read_parquet_metadata(source)[METADATA_KEY])
        return Table(pl.read_parquet(source), about["facts"], about["figures"])
    except PermissionError as error:
        raise InputError(f"{path}: {error.strerror}; allow this to be read") from error
    except (OSError, KeyError, ValueError, pl.exceptions.PolarsError) as error:
        reason = "is not there" if isinstance(error, FileNotFoundError) else "cannot be read"
        raise InputError(
            f"{path}: the table of the asset {path.parent.name} {reason}; materialise this asset of the dataset again"
        ) from error


def _write(table: Table, file: Path) -> None:
    about = json.dumps({"facts": table.facts, "figures": table.figures})
    table.frame.write_parquet(file, compression="zstd", metadata={METADATA_KEY: about})


def _put(table: Table, path: UPath) -> None:
    from resources.stores.bucket_path import told

    with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
        file = Path(folder, path.name)
        try:
            _write(table, file)
        except OSError as error:
            raise disk_error(error, file) from error
        with told(path.parent, path.name, "write"):
            path.fs.put_file(str(file), path.path)


def _fetched(path: UPath) -> io.BytesIO:
    from resources.stores.bucket_path import told

    with told(path.parent, path.name):
        return io.BytesIO(path.fs.cat_file(path.path))


def _tables(_: InitResourceContext) -> TableIOManager:
    try:
        return TableIOManager(table_place())
    except InputError as error:
        return TableIOManager(fault=error)


tables = IOManagerDefinition(
    _tables,
    description="Tables between assets, as Parquet files: in the state folder, or where WINNOW_TABLES_URL says.",
    required_resource_keys={"run_folder"},
)
