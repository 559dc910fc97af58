"""Messages that are held for their case, and all that was told of a person, by when it was so."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# As `marshrut.store.types` has it today: a revision must not change when the code does.
TIME = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
HELD = sa.text("state = 'held'")


def upgrade() -> None:
    op.add_column("commands", sa.Column("person", sa.Text))
    op.create_index("commands_held", "commands", ["case_id", "person"], sqlite_where=HELD, postgresql_where=HELD)
    op.create_index("commands_held_until", "commands", ["due_at"], sqlite_where=HELD, postgresql_where=HELD)
    _replace_persons(
        [sa.Column("told_at", TIME, nullable=False), sa.Column("hearsay", sa.Boolean, nullable=False)],
        # What is known of these is what was told last, and a referral says by which way it came.
        'SELECT p.person_id, p.number, c.received_at, c.body LIKE \'%"via":"referral"%\''
        " FROM persons_before AS p JOIN commands AS c ON c.number = p.number",
    )


def downgrade() -> None:
    _replace_persons([], "SELECT person_id, MAX(number) FROM persons_before GROUP BY person_id")
    op.drop_index("commands_held_until", "commands")
    op.drop_index("commands_held", "commands")
    op.drop_column("commands", "person")


def _replace_persons(more: list[sa.Column[object]], content: str) -> None:
    """The table anew, with another key: SQLite cannot change one."""
    op.execute("CREATE TABLE persons_before AS SELECT * FROM persons")
    op.drop_table("persons")
    op.create_table(
        "persons",
        sa.Column("person_id", sa.Text, primary_key=True),
        sa.Column(
            "number",
            NUMBER,
            sa.ForeignKey("commands.number"),
            primary_key=bool(more),
            autoincrement=False,
            nullable=False,
        ),
        *more,
    )
    op.execute(f"INSERT INTO persons {content}")
    op.drop_table("persons_before")
