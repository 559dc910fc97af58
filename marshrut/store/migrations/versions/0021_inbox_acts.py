"""How often a message came again, when news that was held became due, and what people did with messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

# As `marshrut.store.types` has them today: a revision must not change when the code does.
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
# Lists of messages that are few among many, in their order.
FEW = {
    "commands_parked_number": "state = 'parked'",
    "commands_discarded": "state = 'discarded'",
    "commands_failed": "state IN ('rejected', 'expired') AND format IS NOT NULL",
    "commands_repeated": "repeats > 0",
}


def upgrade() -> None:
    op.add_column("commands", sa.Column("repeats", sa.Integer, nullable=False, server_default="0"))
    op.add_column("commands", sa.Column("repeated_at", TIME))
    op.add_column("commands", sa.Column("released_at", TIME))
    for name, which in FEW.items():
        where = sa.text(which)
        op.create_index(name, "commands", ["number"], sqlite_where=where, postgresql_where=where)
    messages = sa.text("format IS NOT NULL")
    op.create_index("commands_arrived", "commands", ["received_at"], sqlite_where=messages, postgresql_where=messages)
    op.create_table(
        "message_acts",
        sa.Column("number", NUMBER, primary_key=True),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("act", sa.Text, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("code", sa.Text),
        sa.Column("note", sa.LargeBinary),
        sqlite_autoincrement=True,
    )
    op.create_index("message_acts_message", "message_acts", ["message_id", "number"])


def downgrade() -> None:
    op.drop_table("message_acts")
    # What was put aside is parked again for a release that knows nothing of that.
    op.execute("UPDATE commands SET state = 'parked' WHERE state = 'discarded'")
    for name in ("commands_arrived", *FEW):
        op.drop_index(name, "commands")
    for name in ("released_at", "repeated_at", "repeats"):
        op.drop_column("commands", name)
