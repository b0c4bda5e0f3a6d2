"""Which model made the vectors of an embedding. Of those that are there already nobody has said it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("winnow_embeddings", sa.Column("model", sa.String(255), nullable=True))
