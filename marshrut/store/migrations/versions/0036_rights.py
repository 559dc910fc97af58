"""Numbers of a person that proved wrong find nobody any more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("person_marks", sa.Column("wrong", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table("person_marks") as marks:
        marks.drop_column("wrong")
