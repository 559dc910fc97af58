"""Which cases a machine sent something of is asked of an index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

SENT = sa.text("role = 'integrator' AND state = 'done'")


def upgrade() -> None:
    op.create_index("commands_sent", "commands", ["case_id", "actor"], sqlite_where=SENT, postgresql_where=SENT)


def downgrade() -> None:
    op.drop_index("commands_sent", "commands")
