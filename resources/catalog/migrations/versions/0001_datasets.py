"""Datasets with their settings, and credentials of buckets."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "winnow_datasets",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("type", sa.String(20), nullable=False),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_winnow_datasets"),
    )
    op.create_table(
        "winnow_credentials",
        sa.Column("dataset", sa.String(100), nullable=False),
        sa.Column("purpose", sa.String(10), nullable=False),
        sa.Column("place", sa.String(2000), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset"],
            ["winnow_datasets.name"],
            name="fk_winnow_credentials_dataset_winnow_datasets",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("dataset", "purpose", name="pk_winnow_credentials"),
    )
