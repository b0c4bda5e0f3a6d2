"""When runs begin by themselves, and how far each dataset is with that."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("winnow_datasets", sa.Column("automation", sa.JSON, nullable=False, server_default="{}"))
    op.create_table(
        "winnow_watches",
        sa.Column("dataset", sa.String(100), nullable=False),
        sa.Column("state", sa.JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset"], ["winnow_datasets.name"], name="fk_winnow_watches_dataset_winnow_datasets", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dataset", name="pk_winnow_watches"),
    )
