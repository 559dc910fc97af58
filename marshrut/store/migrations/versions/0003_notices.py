"""Notices are a projection of the case, their mail has an outbox, and a step says when its clock stands still."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from marshrut.store.migrate import OldCases

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# As `marshrut.store.types` has it today: a revision must not change when the code does.
TIME = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    # Their journals tell of effects and due times that no code reads any more, and their journeys cannot go on.
    old = op.get_bind().scalar(sa.text("SELECT count(*) FROM cases")) or 0
    if old:
        raise OldCases(old)
    op.add_column("steps", sa.Column("still", sa.Boolean, nullable=False, server_default=sa.false()))
    op.drop_table("notifications")
    op.create_table(
        "notifications",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("step_id", sa.Text),
        sa.Column("hospital", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("user", sa.Text),
        sa.Column("occasion", sa.Text, nullable=False),
        sa.Column("urgent", sa.Boolean, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("tell_at", TIME, nullable=False),
        sa.Column("acknowledged_by", sa.Text),
        sa.Column("acknowledged_at", TIME),
    )
    op.create_index("notifications_case", "notifications", ["case_id"])
    op.create_index("notifications_role", "notifications", ["role", "tell_at"])
    op.create_index("notifications_user", "notifications", ["user", "tell_at"])
    _outbox()


def downgrade() -> None:
    op.drop_table("outbox")
    op.drop_table("notifications")
    op.create_table(
        "notifications",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("step_id", sa.Text),
        sa.Column("hospital", sa.Text, nullable=False),
        sa.Column("role", sa.Text),
        sa.Column("effect", sa.Text, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
    )
    op.create_index("notifications_role", "notifications", ["role", "created_at"])
    op.drop_column("steps", "still")


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("told", sa.Text, nullable=False),
        sa.Column("lease_owner", sa.Text),
        sa.Column("lease_until", TIME),
        sa.Column("finished_at", TIME),
    )
    for name, column, state in (
        ("outbox_unsent", "due_at", "pending"),
        ("outbox_on_the_wire", "lease_until", "sending"),
    ):
        where = sa.text(f"state = '{state}'")
        op.create_index(name, "outbox", [column], sqlite_where=where, postgresql_where=where)
