"""Which files of a dataset a run has taken to its end, and as what: key, etag and size. Times are for people only."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl
from sqlalchemy import func, select

from resources.catalog.database import catalog_transaction, insert_into
from resources.catalog.schema import PROCESSED_FILES

SCHEMA = {"source": pl.String, "etag": pl.String, "size": pl.Int64}
BLOCK = 10_000  # rows in memory beside the table


@dataclass(frozen=True)
class ProcessedFiles:
    """Those of one dataset, which must be in the catalog before any are added."""

    dataset: str

    def table(self) -> pl.DataFrame:
        """Columns as in `SCHEMA`, in no special order."""
        columns = [PROCESSED_FILES.c[name] for name in SCHEMA]
        query = select(*columns).where(PROCESSED_FILES.c.dataset == self.dataset)
        with catalog_transaction() as connection:
            rows = connection.execution_options(yield_per=BLOCK).execute(query)
            parts = [pl.DataFrame(list(map(tuple, part)), SCHEMA, orient="row") for part in rows.partitions()]
        return pl.concat([pl.DataFrame(schema=SCHEMA), *parts])

    def count(self) -> int:
        query = select(func.count()).where(PROCESSED_FILES.c.dataset == self.dataset)
        with catalog_transaction() as connection:
            return int(connection.execute(query).scalar_one())

    def add(self, files: pl.DataFrame, run_id: str) -> None:
        """All of `files` (columns of `SCHEMA`, each source once), or none, in place of what was known of them."""
        now = datetime.now(UTC)
        with catalog_transaction() as connection:
            for part in files.select(*SCHEMA).iter_slices(BLOCK):
                rows = [
                    {
                        "dataset": self.dataset,
                        "key_hash": hashlib.sha256(source.encode()).digest()[:16],
                        **{"source": source, "etag": etag, "size": size, "run_id": run_id, "processed": now},
                    }
                    for source, etag, size in part.iter_rows()
                ]
                row = insert_into(PROCESSED_FILES, connection)
                changed = {name: row.excluded[name] for name in ("etag", "size", "run_id", "processed")}
                connection.execute(
                    row.on_conflict_do_update(index_elements=["dataset", "key_hash"], set_=changed), rows
                )
