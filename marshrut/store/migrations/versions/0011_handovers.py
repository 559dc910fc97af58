"""Handovers of shifts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# As `marshrut.store.types` has it today: a revision must not change when the code does.
TIME = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
OFFERED = sa.text("state = 'offered'")
UNSETTLED = sa.text("finished_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "handovers",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("hospital", sa.Text, nullable=False),
        sa.Column("giver", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("receiver", sa.Text),
        sa.Column("offered_by", sa.Text, nullable=False),
        sa.Column("offered_at", TIME, nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.Column("senior_at", TIME, nullable=False),
        sa.Column("head_at", TIME, nullable=False),
        sa.Column("urgent", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("note", sa.LargeBinary),
        sa.Column("told_at", TIME),
        sa.Column("senior_told_at", TIME),
        sa.Column("head_told_at", TIME),
        sa.Column("answered_by", sa.Text),
        sa.Column("answered_role", sa.Text),
        sa.Column("answered_at", TIME),
        sa.Column("answer_recorded_at", TIME),
        sa.Column("reason", sa.Text),
        sa.Column("answer_note", sa.LargeBinary),
        sa.Column("finished_at", TIME),
    )
    op.create_index(
        "handovers_offered",
        "handovers",
        ["giver", "hospital"],
        unique=True,
        sqlite_where=OFFERED,
        postgresql_where=OFFERED,
    )
    op.create_index(
        "handovers_unsettled",
        "handovers",
        ["recorded_at", "id"],
        sqlite_where=UNSETTLED,
        postgresql_where=UNSETTLED,
    )
    op.create_index("handovers_hospital", "handovers", ["hospital", "recorded_at"])
    op.create_table(
        "handover_items",
        sa.Column("handover_id", sa.Text, sa.ForeignKey("handovers.id"), primary_key=True),
        sa.Column("item_id", sa.Text, primary_key=True),
        sa.Column("thing", sa.Text, nullable=False),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("role", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("holder", sa.Text),
        sa.Column("settled_at", TIME),
        sa.Column("note", sa.LargeBinary),
    )


def downgrade() -> None:
    op.drop_table("handover_items")
    op.drop_table("handovers")
