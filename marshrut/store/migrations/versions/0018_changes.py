"""Which cases changed, in one sequence over all of them, for whoever listens; mail about more than notices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0016"
branch_labels = None
depends_on = None

# As `marshrut.store.types` has them today: a revision must not change when the code does.
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    op.create_table(
        "changes",
        sa.Column("number", NUMBER, primary_key=True),
        sa.Column("hospital", sa.Text, nullable=False),
        sa.Column("case_id", sa.Text),
        sa.Column("seq", sa.Integer),
        sa.Column("kinds", sa.Text, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sqlite_autoincrement=True,
    )
    op.add_column("outbox", sa.Column("errand", sa.Text, nullable=False, server_default="notice"))
    op.add_column("outbox", sa.Column("about", sa.Text))


def downgrade() -> None:
    op.drop_column("outbox", "about")
    op.drop_column("outbox", "errand")
    op.drop_table("changes")
