"""What a message is written in, and what its replay became."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("commands", sa.Column("format", sa.Text))
    op.add_column("commands", sa.Column("replayed_as", sa.Text))
    op.execute("UPDATE commands SET format = 'hl7v2' WHERE raw IS NOT NULL")
    op.execute("UPDATE commands SET format = 'json admission' WHERE raw IS NULL AND type = 'admit'")
    where = sa.text("format IS NOT NULL")
    op.create_index("commands_inbox", "commands", ["number"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index("commands_inbox", "commands")
    op.drop_column("commands", "replayed_as")
    op.drop_column("commands", "format")
