"""Every version of the catalogue is kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# As `marshrut.store.types` has it today: a revision must not change when the code does.
TIME = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    op.create_table(
        "catalogues",
        sa.Column("version", sa.Text, primary_key=True),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("first_seen", TIME, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("catalogues")
