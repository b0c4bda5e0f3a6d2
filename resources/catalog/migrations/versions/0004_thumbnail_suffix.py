"""Where the thumbnails of a dataset are written. Of datasets that are there already nobody has said it: nowhere."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("winnow_datasets", sa.Column("thumbnail_suffix", sa.String(500), nullable=True))
