"""Whose key a command's sealed parts are under, the marks by which persons are found, erasures and legal holds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

# As `marshrut.store.types` has it today: a revision must not change when the code does.
TIME = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
LOOSE = sa.text("bound_to IS NULL AND case_id IS NOT NULL AND (private IS NOT NULL OR raw IS NOT NULL)")
UNFINISHED = sa.text("finished_at IS NULL")
STANDING = sa.text("lifted_at IS NULL")


def upgrade() -> None:
    op.add_column("commands", sa.Column("bound_to", sa.Text))
    op.create_index("commands_loose", "commands", ["number", "case_id"], sqlite_where=LOOSE, postgresql_where=LOOSE)
    op.create_index("commands_case", "commands", ["case_id", "number"])
    op.create_table(
        "person_marks",
        sa.Column("mark", sa.LargeBinary, primary_key=True),
        sa.Column("person_id", sa.Text, primary_key=True),
    )
    op.create_index("person_marks_person", "person_marks", ["person_id"])
    op.create_table(
        "legal_holds",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("set_by", sa.Text, nullable=False),
        sa.Column("set_at", TIME, nullable=False),
        sa.Column("lifted_by", sa.Text),
        sa.Column("lifted_at", TIME),
    )
    op.create_index(
        "legal_holds_standing",
        "legal_holds",
        ["case_id"],
        unique=True,
        sqlite_where=STANDING,
        postgresql_where=STANDING,
    )
    op.create_table(
        "erasures",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("hospital", sa.Text, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("asked_role", sa.Text, nullable=False),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("confirmed_by", sa.Text),
        sa.Column("confirmed_role", sa.Text),
        sa.Column("confirmed_at", TIME),
        sa.Column("step", sa.Text),
        sa.Column("plan", sa.Text),
        sa.Column("fault", sa.Text),
        sa.Column("finished_at", TIME),
        sa.Column("certificate", sa.Text),
        sa.Column("signature", sa.Text),
    )
    op.create_index(
        "erasures_unfinished", "erasures", ["asked_at"], sqlite_where=UNFINISHED, postgresql_where=UNFINISHED
    )
    op.create_table(
        "erasure_log",
        sa.Column("erasure_id", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("erasure_log")
    op.drop_table("erasures")
    op.drop_table("legal_holds")
    op.drop_table("person_marks")
    op.drop_index("commands_case", "commands")
    op.drop_index("commands_loose", "commands")
    op.drop_column("commands", "bound_to")
