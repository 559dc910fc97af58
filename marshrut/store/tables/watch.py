"""What the watchdog does: its rounds, what it found and could not mend, and what it mended. Codes only."""

from __future__ import annotations

import sqlalchemy as sa

from marshrut.store.tables.base import metadata, partial
from marshrut.store.types import Number, Tick, UtcTime

STANDS = sa.text("resolved_at IS NULL")
MENDED = sa.text("resolved_at IS NOT NULL")

# What the watchdog does: its rounds, what it found and could not mend, and what it mended. Codes only.
rounds = sa.Table(
    "rounds",
    metadata,
    sa.Column("number", Number, primary_key=True),
    sa.Column("started_at", UtcTime, nullable=False),
    sa.Column("finished_at", UtcTime),
    sa.Column("looked", sa.Integer, nullable=False),
    sa.Column("closely", sa.Integer, nullable=False),
    sqlite_autoincrement=True,
)

# Without a case ("") it is the installation's.
findings = sa.Table(
    "findings",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("hospital", sa.Text),
    sa.Column("since", Tick, nullable=False),
    sa.Column("last_seen", UtcTime, nullable=False),
    sa.Column("resolved_at", UtcTime),
    partial("findings_stand", "since", "case_id", "code", where=STANDS),
    partial("findings_over", "resolved_at", where=MENDED),
)

repairs = sa.Table(
    "repairs",
    metadata,
    sa.Column("round", Number, primary_key=True, autoincrement=False),
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("hospital", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Index("repairs_at", "at", "case_id"),
)

# How many repairs there were whose rows are gone: what was ever mended is counted from both.
repair_counts = sa.Table(
    "repair_counts",
    metadata,
    sa.Column("hospital", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
)
