"""The roster, absences, and who answers for a case.

The cases that are there get their owner from the journal: `marshrut db rebuild`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# As `marshrut.store.types` has it today: a revision must not change when the code does.
TIME = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
UNFINISHED = sa.text("handed_over_at IS NULL")


def upgrade() -> None:
    op.add_column("cases", sa.Column("owner", sa.Text))
    op.create_index("cases_owner", "cases", ["owner", "opened_at"])
    op.create_table(
        "staff",
        sa.Column("user", sa.Text, primary_key=True),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("hospitals", sa.Text),
        sa.Column("active", sa.Boolean, nullable=False),
    )
    op.create_table(
        "absences",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("starts_at", TIME, nullable=False),
        sa.Column("ends_at", TIME),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("deputy", sa.Text),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.Column("ended_by", sa.Text),
        sa.Column("handed_over_at", TIME),
    )
    op.create_index("absences_user", "absences", ["user", "starts_at"])
    op.create_index(
        "absences_unfinished",
        "absences",
        ["starts_at"],
        sqlite_where=UNFINISHED,
        postgresql_where=UNFINISHED,
    )


def downgrade() -> None:
    op.drop_table("absences")
    op.drop_table("staff")
    op.drop_index("cases_owner", "cases")
    op.drop_column("cases", "owner")
