"""Who outside is told what happens to cases: subscriptions, what is told, and how that goes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# As `marshrut.store.types` has them today: a revision must not change when the code does.
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
WAITS = sa.text("state = 'pending'")
UNTOLD = sa.text("state IN ('pending', 'parked')")
OVER = sa.text("finished_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("target", sa.LargeBinary, nullable=False),
        sa.Column("types", sa.Text),
        sa.Column("hospitals", sa.Text),
        sa.Column("paused", sa.Text),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
    )
    op.create_table(
        "webhook_events",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("hospital", sa.Text, nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
    )
    op.create_index("webhook_events_recorded", "webhook_events", ["recorded_at"])
    op.create_table(
        "webhook_deliveries",
        sa.Column("number", NUMBER, primary_key=True),
        sa.Column("webhook_id", sa.Text, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("begun_at", TIME),
        sa.Column("fault", sa.Text),
        sa.Column("lease_owner", sa.Text),
        sa.Column("lease_until", TIME),
        sa.Column("finished_at", TIME),
        sqlite_autoincrement=True,
    )
    op.create_index("webhook_deliveries_once", "webhook_deliveries", ["event_id", "webhook_id"], unique=True)
    op.create_index("webhook_deliveries_log", "webhook_deliveries", ["webhook_id", "number"])
    op.create_index(
        "webhook_deliveries_over",
        "webhook_deliveries",
        ["webhook_id", "finished_at"],
        sqlite_where=OVER,
        postgresql_where=OVER,
    )
    op.create_index(
        "webhook_deliveries_due",
        "webhook_deliveries",
        ["webhook_id", "due_at", "number"],
        sqlite_where=WAITS,
        postgresql_where=WAITS,
    )
    op.create_index(
        "webhook_deliveries_untold",
        "webhook_deliveries",
        ["webhook_id", "case_id", "number"],
        sqlite_where=UNTOLD,
        postgresql_where=UNTOLD,
    )
    op.create_table(
        "webhook_attempts",
        sa.Column("delivery", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("attempt", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("took_ms", sa.Integer, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("fault", sa.Text),
    )


def downgrade() -> None:
    for table in ("webhook_attempts", "webhook_deliveries", "webhook_events", "webhooks"):
        op.drop_table(table)
