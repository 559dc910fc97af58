"""Who signs in to the pages: accounts, sessions, tries in vain; and the views that people have saved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# As `marshrut.store.types` has it today: a revision must not change when the code does.
TIME = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("user", sa.Text, primary_key=True),
        sa.Column("name", sa.LargeBinary, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("hospitals", sa.Text),
        sa.Column("language", sa.Text),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("password", sa.Text, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("role", sa.Text),
        sa.Column("hospitals", sa.Text),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("ends_at", TIME, nullable=False),
    )
    op.create_index("sessions_user", "sessions", ["user"])
    op.create_index("sessions_ends", "sessions", ["ends_at"])
    op.create_table(
        "sign_in_tries",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("last_at", TIME, nullable=False),
    )
    op.create_table(
        "views",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("page", sa.Text, nullable=False),
        sa.Column("name", sa.LargeBinary, nullable=False),
        sa.Column("filters", sa.Text, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("first", sa.Boolean, nullable=False),
        sa.Column("saved_at", TIME, nullable=False),
    )
    op.create_index("views_user", "views", ["user", "page", "place"])


def downgrade() -> None:
    for table in ("views", "sign_in_tries", "sessions", "accounts"):
        op.drop_table(table)
