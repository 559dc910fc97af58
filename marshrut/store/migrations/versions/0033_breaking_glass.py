"""Who looked at a case in need."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

# As `marshrut.store.types` has it today: a revision must not change when the code does.
TIME = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
STANDING = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "glass",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("hospital", sa.Text, nullable=False),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("need", sa.Text, nullable=False),
        sa.Column("note", sa.LargeBinary),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("ends_at", TIME, nullable=False),
        sa.Column("ended_at", TIME),
        sa.Column("ended_by", sa.Text),
    )
    op.create_index("glass_user", "glass", ["user", "ends_at"], sqlite_where=STANDING, postgresql_where=STANDING)
    op.create_index("glass_hospital", "glass", ["hospital", "opened_at"])
    op.create_index("glass_case", "glass", ["case_id"])


def downgrade() -> None:
    op.drop_table("glass")
