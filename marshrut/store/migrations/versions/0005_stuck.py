"""What lists ask of cases and steps beside how they stand: flags, catalogue, and when each cause begins to hold.

The rows that are there get these columns from the journal: `marshrut db rebuild`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# As `marshrut.store.types` has it today: a revision must not change when the code does.
TIME = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
CASE_TIMES = ("paused_since", "last_event_at", "ready_at", "silent_at", "stuck_at")
STEP_TIMES = ("late_at", "unowned_at", "blocked_at", "escalated_at", "stuck_at")


def upgrade() -> None:
    op.add_column("cases", sa.Column("catalogue", sa.Text))
    op.add_column("cases", sa.Column("flags", sa.Text, nullable=False, server_default=""))
    op.add_column("steps", sa.Column("statutory", sa.Boolean, nullable=False, server_default=sa.false()))
    for table, names in (("cases", CASE_TIMES), ("steps", STEP_TIMES)):
        for name in names:
            op.add_column(table, sa.Column(name, TIME))
    op.create_index("cases_stuck", "cases", ["stuck_at", "case_id"])
    op.create_index("steps_stuck", "steps", ["stuck_at", "step_id"])


def downgrade() -> None:
    for table, added in (("cases", ("catalogue", "flags", *CASE_TIMES)), ("steps", ("statutory", *STEP_TIMES))):
        op.drop_index(f"{table}_stuck", table)
        for name in added:
            op.drop_column(table, name)
