"""The tables of the catalog. Whoever changes them adds a migration (`migrations/versions`) and raises `HEAD`.

Names begin with `winnow_`: in a production database Dagster's tables stand beside them.
"""

from sqlalchemy import JSON, BigInteger, Column, DateTime, ForeignKey, LargeBinary, MetaData, String, Table, Text

HEAD = "0006"  # the newest migration
VERSION_TABLE = "winnow_alembic_version"

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

DATASETS = Table(
    "winnow_datasets",
    METADATA,
    Column("name", String(100), primary_key=True),
    Column("type", String(20), nullable=False),  # images, videos
    Column("settings", JSON, nullable=False),  # what is named for every run, see `configs.run_settings.Named`
    Column("created", DateTime(timezone=True), nullable=False),
    Column("changed", DateTime(timezone=True), nullable=False),
    Column("automation", JSON, nullable=False, server_default="{}"),  # what is named of `configs.automation`
    Column("thumbnail_suffix", String(500)),  # see `configs.thumbnail_suffix`; empty: none; NULL: nobody has said it
)

CREDENTIALS = Table(
    "winnow_credentials",
    METADATA,
    Column("dataset", String(100), ForeignKey("winnow_datasets.name", ondelete="CASCADE"), primary_key=True),
    Column("purpose", String(10), primary_key=True),  # INPUT, LIGHTLY
    Column("place", String(2000), nullable=False),  # the bucket that they are for, and no other
    Column("sealed", LargeBinary, nullable=False),  # see `sealed`
)

PROCESSED_FILES = Table(
    "winnow_processed_files",
    METADATA,
    Column("dataset", String(100), ForeignKey("winnow_datasets.name", ondelete="CASCADE"), primary_key=True),
    Column("key_hash", LargeBinary(16), primary_key=True),  # of `source`, which may be too long for an index
    Column("source", Text, nullable=False),  # key in the input
    Column("etag", Text, nullable=False),
    Column("size", BigInteger, nullable=False),  # bytes
    Column("run_id", String(36), nullable=False),  # the run that took it to its end
    Column("processed", DateTime(timezone=True), nullable=False),  # for people: nothing follows from it
)

WATCHES = Table(
    "winnow_watches",
    METADATA,
    Column("dataset", String(100), ForeignKey("winnow_datasets.name", ondelete="CASCADE"), primary_key=True),
    Column("state", JSON, nullable=False),  # see `watches.WatchState`
)
