"""Files that a run has taken to its end."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "winnow_processed_files",
        sa.Column("dataset", sa.String(100), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(16), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("etag", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("run_id", sa.String(36), nullable=False),
        sa.Column("processed", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset"],
            ["winnow_datasets.name"],
            name="fk_winnow_processed_files_dataset_winnow_datasets",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("dataset", "key_hash", name="pk_winnow_processed_files"),
    )
