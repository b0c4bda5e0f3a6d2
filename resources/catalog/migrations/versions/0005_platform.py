"""Users, and what the scripts of the old platform know."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "winnow_users",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_winnow_users"),
        sa.UniqueConstraint("email", name="uq_winnow_users_email"),
    )
    op.create_table(
        "winnow_platform_datasets",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("dataset", sa.String(length=100), nullable=False),
        sa.Column("owner", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("type", sa.String(length=10), nullable=False),
        sa.Column("img_type", sa.String(length=10), nullable=False),
        sa.Column("creator", sa.String(length=40), nullable=False),
        sa.Column("parent", sa.String(length=24), nullable=True),
        sa.Column("processed_until", sa.BigInteger(), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset"],
            ["winnow_datasets.name"],
            name="fk_winnow_platform_datasets_dataset_winnow_datasets",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["owner"], ["winnow_users.id"], name="fk_winnow_platform_datasets_owner_winnow_users"),
        sa.PrimaryKeyConstraint("id", name="pk_winnow_platform_datasets"),
        sa.UniqueConstraint("dataset", name="uq_winnow_platform_datasets_dataset"),
        sa.UniqueConstraint("owner", "name", name="uq_winnow_platform_datasets_owner_name"),
    )
    op.create_table(
        "winnow_tokens",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("user", sa.String(length=24), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("ending", sa.String(length=4), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("revoked", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["user"], ["winnow_users.id"], name="fk_winnow_tokens_user_winnow_users"),
        sa.PrimaryKeyConstraint("id", name="pk_winnow_tokens"),
        sa.UniqueConstraint("hash", name="uq_winnow_tokens_hash"),
    )
    op.create_table(
        "winnow_worker_configs",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("user", sa.String(length=24), nullable=False),
        sa.Column("version", sa.String(length=10), nullable=False),
        sa.Column("config", sa.JSON(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user"], ["winnow_users.id"], name="fk_winnow_worker_configs_user_winnow_users"),
        sa.PrimaryKeyConstraint("id", name="pk_winnow_worker_configs"),
    )
    op.create_table(
        "winnow_workers",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("user", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("type", sa.String(length=10), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("version", sa.String(length=100), nullable=True),
        sa.Column("seen", sa.BigInteger(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user"], ["winnow_users.id"], name="fk_winnow_workers_user_winnow_users"),
        sa.PrimaryKeyConstraint("id", name="pk_winnow_workers"),
        sa.UniqueConstraint("user", "name", name="uq_winnow_workers_user_name"),
    )
    op.create_table(
        "winnow_access",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("dataset", sa.String(length=100), nullable=False),
        sa.Column("teams", sa.JSON(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset"],
            ["winnow_platform_datasets.id"],
            name="fk_winnow_access_dataset_winnow_platform_datasets",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_winnow_access"),
        sa.UniqueConstraint("dataset", name="uq_winnow_access_dataset"),
    )
    op.create_table(
        "winnow_datasources",
        sa.Column("dataset", sa.String(length=100), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("config", sa.JSON(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset"],
            ["winnow_platform_datasets.id"],
            name="fk_winnow_datasources_dataset_winnow_platform_datasets",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("dataset", "purpose", name="pk_winnow_datasources"),
    )
    op.create_table(
        "winnow_embeddings",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("dataset", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("processed", sa.Boolean(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset"],
            ["winnow_platform_datasets.id"],
            name="fk_winnow_embeddings_dataset_winnow_platform_datasets",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_winnow_embeddings"),
    )
    op.create_index("ix_winnow_embeddings_dataset", "winnow_embeddings", ["dataset"], unique=False)
    op.create_table(
        "winnow_jobs",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("dataset", sa.String(length=100), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset"],
            ["winnow_platform_datasets.id"],
            name="fk_winnow_jobs_dataset_winnow_platform_datasets",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_winnow_jobs"),
    )
    op.create_index("ix_winnow_jobs_dataset", "winnow_jobs", ["dataset"], unique=False)
    op.create_table(
        "winnow_metadata_configs",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("dataset", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("configs", sa.JSON(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset"],
            ["winnow_platform_datasets.id"],
            name="fk_winnow_metadata_configs_dataset_winnow_platform_datasets",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_winnow_metadata_configs"),
    )
    op.create_index("ix_winnow_metadata_configs_dataset", "winnow_metadata_configs", ["dataset"], unique=False)
    op.create_table(
        "winnow_prediction_tasks",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("dataset", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("schema", sa.JSON(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset"],
            ["winnow_platform_datasets.id"],
            name="fk_winnow_prediction_tasks_dataset_winnow_platform_datasets",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_winnow_prediction_tasks"),
        sa.UniqueConstraint("dataset", "name", name="uq_winnow_prediction_tasks_dataset_name"),
    )
    op.create_table(
        "winnow_predictions",
        sa.Column("dataset", sa.String(length=100), nullable=False),
        sa.Column("task", sa.String(length=255), nullable=False),
        sa.Column("index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("singletons", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset"],
            ["winnow_platform_datasets.id"],
            name="fk_winnow_predictions_dataset_winnow_platform_datasets",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("dataset", "task", "index", name="pk_winnow_predictions"),
    )
    op.create_table(
        "winnow_samples",
        sa.Column("dataset", sa.String(length=100), nullable=False),
        sa.Column("index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("custom", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["dataset"],
            ["winnow_platform_datasets.id"],
            name="fk_winnow_samples_dataset_winnow_platform_datasets",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("dataset", "index", name="pk_winnow_samples"),
        sa.UniqueConstraint("dataset", "name_hash", name="uq_winnow_samples_dataset_name_hash"),
    )
    op.create_table(
        "winnow_scheduled_runs",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("dataset", sa.String(length=100), nullable=False),
        sa.Column("config", sa.String(length=24), nullable=False),
        sa.Column("user", sa.String(length=24), nullable=False),
        sa.Column("priority", sa.String(length=10), nullable=False),
        sa.Column("runs_on", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("worker", sa.String(length=24), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["config"], ["winnow_worker_configs.id"], name="fk_winnow_scheduled_runs_config_winnow_worker_configs"
        ),
        sa.ForeignKeyConstraint(
            ["dataset"],
            ["winnow_platform_datasets.id"],
            name="fk_winnow_scheduled_runs_dataset_winnow_platform_datasets",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["user"], ["winnow_users.id"], name="fk_winnow_scheduled_runs_user_winnow_users"),
        sa.PrimaryKeyConstraint("id", name="pk_winnow_scheduled_runs"),
    )
    op.create_index("ix_winnow_scheduled_runs_dataset", "winnow_scheduled_runs", ["dataset"], unique=False)
    op.create_index("ix_winnow_scheduled_runs_state", "winnow_scheduled_runs", ["state"], unique=False)
    op.create_table(
        "winnow_shares",
        sa.Column("dataset", sa.String(length=100), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset"],
            ["winnow_platform_datasets.id"],
            name="fk_winnow_shares_dataset_winnow_platform_datasets",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("dataset", "email", name="pk_winnow_shares"),
    )
    op.create_index("ix_winnow_shares_email", "winnow_shares", ["email"], unique=False)
    op.create_table(
        "winnow_tags",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("dataset", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("previous", sa.String(length=24), nullable=True),
        sa.Column("bits", sa.LargeBinary(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("creator", sa.String(length=40), nullable=False),
        sa.Column("query", sa.String(length=24), nullable=True),
        sa.Column("preselected", sa.String(length=24), nullable=True),
        sa.Column("run", sa.String(length=24), nullable=True),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset"],
            ["winnow_platform_datasets.id"],
            name="fk_winnow_tags_dataset_winnow_platform_datasets",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_winnow_tags"),
        sa.UniqueConstraint("dataset", "name", name="uq_winnow_tags_dataset_name"),
    )
    op.create_table(
        "winnow_platform_runs",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("dataset", sa.String(length=100), nullable=False),
        sa.Column("scheduled", sa.String(length=24), nullable=False),
        sa.Column("config", sa.String(length=24), nullable=False),
        sa.Column("user", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("dagster_run", sa.String(length=36), nullable=True),
        sa.Column("folder", sa.Text(), nullable=True),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset"],
            ["winnow_platform_datasets.id"],
            name="fk_winnow_platform_runs_dataset_winnow_platform_datasets",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["scheduled"],
            ["winnow_scheduled_runs.id"],
            name="fk_winnow_platform_runs_scheduled_winnow_scheduled_runs",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["user"], ["winnow_users.id"], name="fk_winnow_platform_runs_user_winnow_users"),
        sa.PrimaryKeyConstraint("id", name="pk_winnow_platform_runs"),
        sa.UniqueConstraint("scheduled", name="uq_winnow_platform_runs_scheduled"),
    )
    op.create_index("ix_winnow_platform_runs_dagster_run", "winnow_platform_runs", ["dagster_run"], unique=False)
    op.create_index("ix_winnow_platform_runs_dataset", "winnow_platform_runs", ["dataset"], unique=False)
    op.create_table(
        "winnow_scores",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("tag", sa.String(length=100), nullable=False),
        sa.Column("type", sa.String(length=255), nullable=False),
        sa.Column("values", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tag"], ["winnow_tags.id"], name="fk_winnow_scores_tag_winnow_tags", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_winnow_scores"),
        sa.UniqueConstraint("tag", "type", name="uq_winnow_scores_tag_type"),
    )
    op.create_table(
        "winnow_artifacts",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("run", sa.String(length=100), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run"],
            ["winnow_platform_runs.id"],
            name="fk_winnow_artifacts_run_winnow_platform_runs",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_winnow_artifacts"),
        sa.UniqueConstraint("run", "file_name", name="uq_winnow_artifacts_run_file_name"),
    )
