"""What went because its time was over, counted; and the indexes by which it is found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

# As `marshrut.store.types` has it today: a revision must not change when the code does.
TIME = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
INDEXES = (
    ("commands_originals", "commands", "finished_at", "raw IS NOT NULL AND format IS NOT NULL"),
    ("outbox_over", "outbox", "finished_at", "finished_at IS NOT NULL"),
    ("findings_over", "findings", "resolved_at", "resolved_at IS NOT NULL"),
)


def upgrade() -> None:
    op.create_table(
        "swept",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("last_at", TIME, nullable=False),
    )
    op.create_table(
        "repair_counts",
        sa.Column("hospital", sa.Text, primary_key=True),
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
    )
    for name, table, column, where in INDEXES:
        op.create_index(name, table, [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    for name, table, _, _ in INDEXES:
        op.drop_index(name, table)
    op.drop_table("repair_counts")
    op.drop_table("swept")
