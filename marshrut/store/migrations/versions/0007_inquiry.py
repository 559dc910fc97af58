"""An applicant asks by a code how the matter stands, so a case is found by it.

The rows that are there get it from the journal, as far as it was given one: `marshrut db rebuild`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("inquiry", sa.Text))
    op.create_index("cases_inquiry", "cases", ["inquiry"], unique=True)


def downgrade() -> None:
    op.drop_index("cases_inquiry", "cases")
    op.drop_column("cases", "inquiry")
