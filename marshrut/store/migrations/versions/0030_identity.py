"""Who signs in how: people of a provider, first passwords, second factors, sessions halfway, machines with keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0024"
branch_labels = None
depends_on = None

# As `marshrut.store.types` has it today: a revision must not change when the code does.
TIME = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("accounts") as table:
        table.alter_column("password", existing_type=sa.Text, nullable=True)
        table.add_column(sa.Column("origin", sa.Text))
        table.add_column(sa.Column("must_change", sa.Boolean, nullable=False, server_default=sa.false()))
    with op.batch_alter_table("sessions") as table:
        table.add_column(sa.Column("stage", sa.Text))
        table.add_column(sa.Column("agent", sa.Text, nullable=False, server_default=""))
        table.add_column(sa.Column("hint", sa.LargeBinary))
    # They are counted otherwise from now on, and forgotten within an hour.
    op.execute("DELETE FROM sign_in_tries")
    op.create_table(
        "second_factors",
        sa.Column("user", sa.Text, primary_key=True),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("step", sa.BigInteger, nullable=False),
        sa.Column("codes", sa.Text, nullable=False),
        sa.Column("since", TIME, nullable=False),
    )
    op.create_table(
        "clients",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.LargeBinary, nullable=False),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("hospitals", sa.Text),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("used_at", TIME),
        sa.Column("revoked_at", TIME),
    )


def downgrade() -> None:
    op.drop_table("clients")
    op.drop_table("second_factors")
    op.execute("DELETE FROM sign_in_tries")
    op.execute("DELETE FROM sessions")
    op.execute("DELETE FROM accounts WHERE password IS NULL")
    with op.batch_alter_table("sessions") as table:
        for column in ("hint", "agent", "stage"):
            table.drop_column(column)
    with op.batch_alter_table("accounts") as table:
        table.drop_column("must_change")
        table.drop_column("origin")
        table.alter_column("password", existing_type=sa.Text, nullable=False)
