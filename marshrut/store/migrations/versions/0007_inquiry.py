"""An applicant asks by a code how the matter stands, so a case is found by it.

Cases of procedure 1 stop it: their journeys stand in tracks that no code follows any more.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from marshrut.store.migrate import OldCases

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


OLD = sa.text("SELECT count(*) FROM journal WHERE kind = 'case_opened' AND body LIKE :first")
FIRST = {"first": '%"procedure":1,%'}


def upgrade() -> None:
    if old := op.get_bind().scalar(OLD, FIRST) or 0:
        raise OldCases(old)
    op.add_column("cases", sa.Column("inquiry", sa.Text))
    op.create_index("cases_inquiry", "cases", ["inquiry"], unique=True)


def downgrade() -> None:
    op.drop_index("cases_inquiry", "cases")
    op.drop_column("cases", "inquiry")
