"""Which cases are seen by those alone who need to know, and who did a step; both are read off what is there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

GUARDED = sa.text("guarded IS NOT NULL")
STATEMENTS = {
    "sqlite": (
        (
            "UPDATE cases SET guarded = 'child' WHERE variants LIKE '% child %'"
            " AND coalesce(json_extract(snapshot, '$.via'), '') <> 'enquiry'"
        ),
        "UPDATE steps SET done_by = json_extract(body, '$.done_by') WHERE state NOT IN ('open', 'claimed')",
    ),
    "postgresql": (
        (
            "UPDATE cases SET guarded = 'child' WHERE variants LIKE '% child %'"
            " AND coalesce(CAST(snapshot AS json) ->> 'via', '') <> 'enquiry'"
        ),
        "UPDATE steps SET done_by = CAST(body AS json) ->> 'done_by' WHERE state NOT IN ('open', 'claimed')",
    ),
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
    for statement in STATEMENTS[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    op.drop_index("cases_guarded", "cases")
    op.drop_column("steps", "done_by")
    op.drop_column("cases", "guarded")
