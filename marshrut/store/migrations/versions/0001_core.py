"""Commands, journal, read model, persons and notifications."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# As `marshrut.store.types` has them today: a revision must not change when the code does.
TIME = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _commands()
    _journal()
    _cases()
    _steps()
    _persons()
    _notifications()


def downgrade() -> None:
    for table in ("notifications", "persons", "steps", "cases", "journal", "commands"):
        op.drop_table(table)


def _commands() -> None:
    op.create_table(
        "commands",
        sa.Column("number", NUMBER, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("idem_key", sa.Text),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("hospital", sa.Text, nullable=False),
        sa.Column("case_id", sa.Text),
        sa.Column("type", sa.Text),
        sa.Column("body", sa.Text),
        sa.Column("private", sa.LargeBinary),
        sa.Column("raw", sa.LargeBinary),
        sa.Column("occurred_at", TIME),
        sa.Column("not_after", TIME),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("code", sa.Text),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("lease_owner", sa.Text),
        sa.Column("lease_until", TIME),
        sa.Column("due_at", TIME),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("finished_at", TIME),
        sqlite_autoincrement=True,
    )
    op.create_index("commands_key", "commands", ["source", "idem_key"], unique=True)
    for name, columns, state, unique in (
        ("commands_parked", ["source", "fingerprint"], "parked", True),
        ("commands_pending", ["case_id", "number"], "pending", False),
    ):
        where = sa.text(f"state = '{state}'")
        op.create_index(name, "commands", columns, unique=unique, sqlite_where=where, postgresql_where=where)


def _journal() -> None:
    op.create_table(
        "journal",
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.Column("occurred_at", TIME, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("command_id", sa.Text),
        sa.Column("body", sa.Text, nullable=False),
    )


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("hospital", sa.Text, nullable=False),
        sa.Column("person_id", sa.Text, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("admitted_at", TIME, nullable=False),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("closed_at", TIME),
        sa.Column("ending", sa.Text),
        sa.Column("ward", sa.Text),
        sa.Column("bed", sa.Text),
        sa.Column("snapshot", sa.Text, nullable=False),
    )
    op.create_index("cases_opened", "cases", ["opened_at", "case_id"])
    op.create_index("cases_hospital", "cases", ["hospital", "opened_at"])


def _steps() -> None:
    op.create_table(
        "steps",
        sa.Column("step_id", sa.Text, primary_key=True),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("hospital", sa.Text, nullable=False),
        sa.Column("track", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("assignee", sa.Text),
        sa.Column("mandatory", sa.Boolean, nullable=False),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("due_at", TIME),
        sa.Column("blocked", sa.Boolean, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("steps_case", "steps", ["case_id"])
    op.create_index("steps_due", "steps", ["due_at", "step_id"])
    op.create_index("steps_hospital", "steps", ["hospital", "due_at"])
    op.create_index("steps_assignee", "steps", ["assignee", "due_at"])


def _persons() -> None:
    op.create_table(
        "persons",
        sa.Column("person_id", sa.Text, primary_key=True),
        sa.Column("number", NUMBER, sa.ForeignKey("commands.number"), nullable=False),
    )


def _notifications() -> None:
    op.create_table(
        "notifications",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("step_id", sa.Text),
        sa.Column("hospital", sa.Text, nullable=False),
        sa.Column("role", sa.Text),
        sa.Column("effect", sa.Text, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
    )
    op.create_index("notifications_role", "notifications", ["role", "created_at"])
