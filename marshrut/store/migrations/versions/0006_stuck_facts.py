"""The read model keeps since when, and the rules in force say from when that holds a case or a step up.

The rows that are there get these columns from the journal: `marshrut db rebuild`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# As `marshrut.store.types` has it today: a revision must not change when the code does.
TIME = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    op.drop_index("cases_stuck", "cases")
    op.drop_column("cases", "stuck_at")
    op.drop_column("cases", "silent_at")
    op.drop_column("steps", "blocked_at")
    op.add_column("cases", sa.Column("quiet_since", TIME))
    op.add_column("steps", sa.Column("blocked_since", TIME))
    op.add_column("steps", sa.Column("blocked_until", TIME))
    op.create_index("cases_ready", "cases", ["ready_at", "case_id"])
    op.create_index("cases_quiet", "cases", ["quiet_since", "case_id"])
    op.create_index("steps_blocked", "steps", ["blocked_since", "step_id"])


def downgrade() -> None:
    for table, name in (("steps", "steps_blocked"), ("cases", "cases_quiet"), ("cases", "cases_ready")):
        op.drop_index(name, table)
    op.drop_column("steps", "blocked_until")
    op.drop_column("steps", "blocked_since")
    op.drop_column("cases", "quiet_since")
    op.add_column("steps", sa.Column("blocked_at", TIME))
    op.add_column("cases", sa.Column("silent_at", TIME))
    op.add_column("cases", sa.Column("stuck_at", TIME))
    op.create_index("cases_stuck", "cases", ["stuck_at", "case_id"])
