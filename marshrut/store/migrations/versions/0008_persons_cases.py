"""A person's cases are found by an index: each admission asks whether somebody came back."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("cases_person", "cases", ["person_id", "admitted_at"])


def downgrade() -> None:
    op.drop_index("cases_person", "cases")
