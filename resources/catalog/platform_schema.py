"""The tables of the platform: users, and what belongs to them. Times are milliseconds since 1970, ids 24 digits.

They belong to the catalog, whose rules about migrations hold (`schema`).
"""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from resources.catalog.schema import METADATA


def _id() -> Column[Any]:
    return Column("id", String(24), primary_key=True)


def _belongs_to(name: str, column: str, **options: Any) -> Column[Any]:
    """Gone with what it belongs to."""
    return Column(name, String(100), ForeignKey(column, ondelete="CASCADE"), nullable=False, **options)


def _times() -> tuple[Column[Any], Column[Any]]:
    return Column("created", BigInteger, nullable=False), Column("changed", BigInteger, nullable=False)


USERS = Table(
    "winnow_users",
    METADATA,
    _id(),
    Column("email", String(254), nullable=False, unique=True),
    Column("created", BigInteger, nullable=False),
)

TOKENS = Table(
    "winnow_tokens",
    METADATA,
    _id(),
    Column("user", String(24), ForeignKey("winnow_users.id"), nullable=False),
    Column("hash", LargeBinary(32), nullable=False, unique=True),
    Column("ending", String(4), nullable=False),  # by which a person knows it again
    Column("created", BigInteger, nullable=False),
    Column("revoked", BigInteger),
)

PLATFORM_DATASETS = Table(
    "winnow_platform_datasets",
    METADATA,
    _id(),
    _belongs_to("dataset", "winnow_datasets.name", unique=True),
    Column("owner", String(24), ForeignKey("winnow_users.id"), nullable=False),
    Column("name", String(255), nullable=False),
    Column("type", String(10), nullable=False),  # Images, Videos, Crops
    Column("img_type", String(10), nullable=False),  # full, thumbnail, meta
    Column("creator", String(40), nullable=False),
    Column("parent", String(24)),
    Column("processed_until", BigInteger, nullable=False),  # seconds since 1970
    Column("samples", Integer, nullable=False),  # how many
    Column("size", BigInteger, nullable=False),  # bytes, of all samples
    *_times(),
    UniqueConstraint("owner", "name"),
)

ACCESS = Table(
    "winnow_access",
    METADATA,
    _id(),
    _belongs_to("dataset", "winnow_platform_datasets.id", unique=True),
    Column("teams", JSON, nullable=False),
    *_times(),
)

SHARES = Table(
    "winnow_shares",
    METADATA,
    _belongs_to("dataset", "winnow_platform_datasets.id", primary_key=True),
    Column("email", String(254), primary_key=True, index=True),
)

DATASOURCES = Table(
    "winnow_datasources",
    METADATA,
    _belongs_to("dataset", "winnow_platform_datasets.id", primary_key=True),
    Column("purpose", String(20), primary_key=True),  # INPUT, LIGHTLY, INPUT_OUTPUT
    Column("id", String(24), nullable=False),
    Column("config", JSON, nullable=False),  # as it came, without secrets: these are the dataset's credentials
    Column("changed", BigInteger, nullable=False),
)

WORKERS = Table(
    "winnow_workers",
    METADATA,
    _id(),
    Column("user", String(24), ForeignKey("winnow_users.id"), nullable=False),
    Column("name", String(255), nullable=False),
    Column("type", String(10), nullable=False),
    Column("labels", JSON, nullable=False),
    Column("version", String(100)),
    Column("seen", BigInteger),  # when it last asked for work; without, it is this machine's daemon
    *_times(),
    UniqueConstraint("user", "name"),
)

WORKER_CONFIGS = Table(
    "winnow_worker_configs",
    METADATA,
    _id(),
    Column("user", String(24), ForeignKey("winnow_users.id"), nullable=False),
    Column("version", String(10), nullable=False),
    Column("config", JSON, nullable=False),  # worker_config, selection_config, lightly_config, in snake case
    Column("created", BigInteger, nullable=False),
)

SCHEDULED_RUNS = Table(
    "winnow_scheduled_runs",
    METADATA,
    _id(),
    _belongs_to("dataset", "winnow_platform_datasets.id", index=True),
    Column("config", String(24), ForeignKey("winnow_worker_configs.id"), nullable=False),
    Column("user", String(24), ForeignKey("winnow_users.id"), nullable=False),
    Column("priority", String(10), nullable=False),
    Column("runs_on", JSON, nullable=False),
    Column("state", String(10), nullable=False, index=True),  # OPEN, LOCKED, DONE, CANCELED
    Column("worker", String(24)),  # that has taken it
    *_times(),
)

PLATFORM_RUNS = Table(
    "winnow_platform_runs",
    METADATA,
    _id(),
    _belongs_to("dataset", "winnow_platform_datasets.id", index=True),
    Column(
        "scheduled", String(24), ForeignKey("winnow_scheduled_runs.id", ondelete="CASCADE"), nullable=False, unique=True
    ),
    Column("config", String(24), nullable=False),
    Column("user", String(24), ForeignKey("winnow_users.id"), nullable=False),
    Column("state", String(40), nullable=False),
    Column("message", Text),
    Column("dagster_run", String(36), index=True),
    Column("folder", Text),
    Column("archived", Boolean, nullable=False),
    *_times(),
)

ARTIFACTS = Table(
    "winnow_artifacts",
    METADATA,
    _id(),
    _belongs_to("run", "winnow_platform_runs.id"),
    Column("type", String(40), nullable=False),
    Column("file_name", String(255), nullable=False),
    Column("place", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    UniqueConstraint("run", "file_name"),
)

SAMPLES = Table(
    "winnow_samples",
    METADATA,
    _belongs_to("dataset", "winnow_platform_datasets.id", primary_key=True),
    Column("index", Integer, primary_key=True, autoincrement=False),  # 0, 1, …: they are only ever appended
    Column("name_hash", LargeBinary(16), nullable=False),  # of `file_name`, which may be too long for an index
    Column("file_name", Text, nullable=False),
    Column("about", JSON, nullable=False),  # type, size, source video, metadata
    Column("custom", JSON),
    UniqueConstraint("dataset", "name_hash"),
)

TAGS = Table(
    "winnow_tags",
    METADATA,
    _id(),
    _belongs_to("dataset", "winnow_platform_datasets.id"),
    Column("name", String(255), nullable=False),
    Column("previous", String(24)),
    Column("bits", LargeBinary, nullable=False),  # bit k, from the lowest of the first byte: the sample of index k
    Column("total", Integer, nullable=False),  # samples that the dataset had then
    Column("creator", String(40), nullable=False),
    Column("query", String(24)),
    Column("preselected", String(24)),
    Column("run", String(24)),
    Column("changes", JSON, nullable=False),
    *_times(),
    UniqueConstraint("dataset", "name"),
)

SCORES = Table(
    "winnow_scores",
    METADATA,
    _id(),
    _belongs_to("tag", "winnow_tags.id"),
    Column("type", String(255), nullable=False),
    Column("values", LargeBinary, nullable=False),  # float64, little-endian, one per sample of the tag
    Column("created", BigInteger, nullable=False),
    UniqueConstraint("tag", "type"),
)

EMBEDDINGS = Table(
    "winnow_embeddings",
    METADATA,
    _id(),
    _belongs_to("dataset", "winnow_platform_datasets.id", index=True),
    Column("name", String(255), nullable=False),
    Column("place", Text, nullable=False),  # of the CSV
    Column("processed", Boolean, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("model", String(255)),  # id of the model that made the vectors; not known of uploads
)

PREDICTION_TASKS = Table(
    "winnow_prediction_tasks",
    METADATA,
    _id(),
    _belongs_to("dataset", "winnow_platform_datasets.id"),
    Column("name", String(255), nullable=False),
    Column("schema", JSON, nullable=False),
    Column("created", BigInteger, nullable=False),
    UniqueConstraint("dataset", "name"),
)

PREDICTIONS = Table(
    "winnow_predictions",
    METADATA,
    _belongs_to("dataset", "winnow_platform_datasets.id", primary_key=True),
    Column("task", String(255), primary_key=True),
    Column("index", Integer, primary_key=True, autoincrement=False),  # of the sample
    Column("singletons", JSON, nullable=False),
)

METADATA_CONFIGS = Table(
    "winnow_metadata_configs",
    METADATA,
    _id(),
    _belongs_to("dataset", "winnow_platform_datasets.id", index=True),
    Column("name", String(255), nullable=False),
    Column("configs", JSON, nullable=False),
    Column("created", BigInteger, nullable=False),
)

JOBS = Table(
    "winnow_jobs",
    METADATA,
    _id(),
    _belongs_to("dataset", "winnow_platform_datasets.id", index=True),
    Column("status", String(10), nullable=False),  # WAITING, RUNNING, FAILED, FINISHED
    Column("about", JSON, nullable=False),  # what was asked for, and what came of it
    *_times(),
)
