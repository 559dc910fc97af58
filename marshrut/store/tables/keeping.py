"""What is kept and what goes: versions of the catalogue, erasures, legal holds, what retention took."""

from __future__ import annotations

import sqlalchemy as sa

from marshrut.store.tables.base import UNSETTLED, metadata, partial
from marshrut.store.types import UtcTime

HOLDS = sa.text("lifted_at IS NULL")

# Every version of the catalogue that was ever in force, as JSON: a case explains itself by the one it began under.
catalogues = sa.Table(
    "catalogues",
    metadata,
    sa.Column("version", sa.Text, primary_key=True),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("first_seen", UtcTime, nullable=False),
    sa.Column("last_seen", UtcTime),
)

# What went because its time was over, by kind.
swept = sa.Table(
    "swept",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("last_at", UtcTime, nullable=False),
)

# Who asked that a person be erased, and how far that is. `plan`: of which case, then which ids go, until it is done.
erasures = sa.Table(
    "erasures",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("hospital", sa.Text, nullable=False),
    sa.Column("basis", sa.Text, nullable=False),
    sa.Column("asked_by", sa.Text, nullable=False),
    sa.Column("asked_role", sa.Text, nullable=False),
    sa.Column("asked_at", UtcTime, nullable=False),
    sa.Column("confirmed_by", sa.Text),
    sa.Column("confirmed_role", sa.Text),
    sa.Column("confirmed_at", UtcTime),
    sa.Column("step", sa.Text),
    sa.Column("plan", sa.Text),
    sa.Column("fault", sa.Text),
    sa.Column("finished_at", UtcTime),
    sa.Column("certificate", sa.Text),
    sa.Column("signature", sa.Text),
    partial("erasures_unfinished", "asked_at", where=UNSETTLED),
)

erasure_log = sa.Table(
    "erasure_log",
    metadata,
    sa.Column("erasure_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
)

legal_holds = sa.Table(
    "legal_holds",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("set_by", sa.Text, nullable=False),
    sa.Column("set_at", UtcTime, nullable=False),
    sa.Column("lifted_by", sa.Text),
    sa.Column("lifted_at", UtcTime),
    partial("legal_holds_standing", "case_id", unique=True, where=HOLDS),
)
