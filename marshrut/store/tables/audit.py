"""The audit: append-only, with the chain that is checked."""

from __future__ import annotations

import sqlalchemy as sa

from marshrut.store.tables.base import metadata, partial
from marshrut.store.types import Number, UtcTime

ABOUT_A_CASE = sa.text("subject IS NOT NULL")

# Append-only: triggers refuse whatever changes a row, or takes one away that no checkpoint stands for.
audit = sa.Table(
    "audit",
    metadata,
    sa.Column("seq", Number, primary_key=True, autoincrement=False),
    sa.Column("recorded_at", UtcTime, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("user", sa.Text),
    sa.Column("role", sa.Text),
    sa.Column("subject", sa.Text),
    sa.Column("hospital", sa.Text),
    sa.Column("thing", sa.Text),
    sa.Column("code", sa.Text),
    sa.Column("fields", sa.Text, nullable=False),
    sa.Column("found", sa.Integer),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Index("audit_at", "at", "seq"),
    sa.Index("audit_user", "user", "seq"),
    partial("audit_subject", "subject", "seq", where=ABOUT_A_CASE),
)

# Whose pseudonym it is; all that erasing a person changes here.
audit_subjects = sa.Table(
    "audit_subjects",
    metadata,
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("case_id", sa.Text, nullable=False, unique=True),
    sa.Column("proof", sa.Text, nullable=False),
)

audit_head = sa.Table(
    "audit_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("seq", Number, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("proof", sa.Text, nullable=False),
)

audit_checkpoints = sa.Table(
    "audit_checkpoints",
    metadata,
    sa.Column("seq", Number, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("proof", sa.Text, nullable=False),
)
