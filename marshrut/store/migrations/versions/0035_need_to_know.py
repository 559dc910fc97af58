"""Which cases are seen by those alone who need to know, and who did a step of one.

A step that ended in a case that is over is no reason to see it, so of those it is not asked who did them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

GUARDED = sa.text("guarded IS NOT NULL")
DONE = "WHERE state = 'done' AND case_id IN (SELECT case_id FROM cases WHERE state <> 'closed')"
DONE_BY = {
    "sqlite": "UPDATE steps SET done_by = json_extract(body, '$.done_by') ",
    "postgresql": "UPDATE steps SET done_by = CAST(body AS json) ->> 'done_by' ",
}


def upgrade() -> None:
    op.add_column("cases", sa.Column("guarded", sa.Text))
    op.add_column("steps", sa.Column("done_by", sa.Text))
    op.create_index(
        "cases_guarded",
        "cases",
        ["case_id", "owner", "state"],
        sqlite_where=GUARDED,
        postgresql_where=GUARDED,
    )
    op.execute("UPDATE cases SET guarded = 'child' WHERE variants LIKE '% child %'")
    op.execute(DONE_BY[op.get_bind().dialect.name] + DONE)


def downgrade() -> None:
    op.drop_index("cases_guarded", "cases")
    op.drop_column("steps", "done_by")
    op.drop_column("cases", "guarded")
