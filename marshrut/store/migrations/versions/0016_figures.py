"""What figures are counted from, by case.

The rows of cases that are there have no facts: these are read off the case until it changes, or is rebuilt.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# As `marshrut.store.types` has it today: a revision must not change when the code does.
TIME = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    op.create_table(
        "figures",
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("hospital", sa.Text, nullable=False),
        sa.Column("begun_at", TIME, nullable=False),
        sa.Column("closed_at", TIME),
        sa.Column("facts", sa.Text),
    )
    op.create_index("figures_hospital", "figures", ["hospital", "closed_at", "case_id"])
    op.execute(
        """
        INSERT INTO figures (case_id, hospital, begun_at, closed_at)
        SELECT case_id, hospital, CASE WHEN admitted_at < opened_at THEN admitted_at ELSE opened_at END, closed_at
        FROM cases
        """
    )


def downgrade() -> None:
    op.drop_table("figures")
