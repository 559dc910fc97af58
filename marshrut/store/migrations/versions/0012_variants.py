"""What kind of case it is, and when a version of the catalogue was in force last.

The cases that are there were opened before there were kinds.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# As `marshrut.store.types` has it today: a revision must not change when the code does.
TIME = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    op.add_column("cases", sa.Column("variants", sa.Text, nullable=False, server_default=""))
    op.add_column("catalogues", sa.Column("last_seen", TIME))


def downgrade() -> None:
    op.drop_column("catalogues", "last_seen")
    op.drop_column("cases", "variants")
