"""What the watchdog does: its rounds, what it found, and what it mended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# As `marshrut.store.types` has them today: a revision must not change when the code does.
TIME = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STANDS = sa.text("resolved_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "rounds",
        sa.Column("number", NUMBER, primary_key=True),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("finished_at", TIME),
        sa.Column("looked", sa.Integer, nullable=False),
        sa.Column("closely", sa.Integer, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "findings",
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("hospital", sa.Text),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("last_seen", TIME, nullable=False),
        sa.Column("resolved_at", TIME),
    )
    op.create_index(
        "findings_stand",
        "findings",
        ["since", "case_id", "code"],
        sqlite_where=STANDS,
        postgresql_where=STANDS,
    )
    op.create_table(
        "repairs",
        sa.Column("round", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("hospital", sa.Text, nullable=False),
        sa.Column("at", TIME, nullable=False),
    )
    op.create_index("repairs_at", "repairs", ["at", "case_id"])


def downgrade() -> None:
    op.drop_table("repairs")
    op.drop_table("findings")
    op.drop_table("rounds")
