"""What was asked of the service and told to it, and what became of that."""

from __future__ import annotations

import sqlalchemy as sa

from marshrut.store.tables.base import PENDING, metadata, partial
from marshrut.store.types import Number, UtcTime

PARKED = sa.text("state = 'parked'")
HELD = sa.text("state = 'held'")
MESSAGES = sa.text("format IS NOT NULL")
DISCARDED = sa.text("state = 'discarded'")
FAILED = sa.text("state IN ('rejected', 'expired') AND format IS NOT NULL")
REPEATED = sa.text("repeats > 0")
SENT = sa.text("role = 'integrator' AND state = 'done'")
ORIGINAL = sa.text("raw IS NOT NULL AND format IS NOT NULL")
# Sealed, about a case, and not yet under the key of whom it is about.
LOOSE = sa.text("bound_to IS NULL AND case_id IS NOT NULL AND (private IS NOT NULL OR raw IS NOT NULL)")

commands = sa.Table(
    "commands",
    metadata,
    sa.Column("number", Number, primary_key=True),
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
    sa.Column("occurred_at", UtcTime),
    sa.Column("not_after", UtcTime),
    sa.Column("received_at", UtcTime, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("code", sa.Text),
    sa.Column("details", sa.Text, nullable=False),
    sa.Column("lease_owner", sa.Text),
    sa.Column("lease_until", UtcTime),
    sa.Column("due_at", UtcTime),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("finished_at", UtcTime),
    sa.Column("format", sa.Text),
    sa.Column("replayed_as", sa.Text),
    sa.Column("person", sa.Text),
    sa.Column("expects", sa.Text),
    sa.Column("bound_to", sa.Text),
    sa.Column("repeats", sa.Integer, nullable=False, server_default="0"),
    sa.Column("repeated_at", UtcTime),
    sa.Column("released_at", UtcTime),
    sa.Index("commands_key", "source", "idem_key", unique=True),
    partial("commands_parked", "source", "fingerprint", unique=True, where=PARKED),
    partial("commands_pending", "case_id", "number", where=PENDING),
    partial("commands_held", "case_id", "person", where=HELD),
    partial("commands_held_until", "due_at", where=HELD),
    partial("commands_loose", "number", "case_id", where=LOOSE),
    sa.Index("commands_case", "case_id", "number"),
    partial("commands_sent", "case_id", "actor", where=SENT),
    partial("commands_inbox", "number", where=MESSAGES),
    partial("commands_arrived", "received_at", where=MESSAGES),
    partial("commands_originals", "finished_at", where=ORIGINAL),
    # Messages that are few among many, each list in its order.
    partial("commands_parked_number", "number", where=PARKED),
    partial("commands_discarded", "number", where=DISCARDED),
    partial("commands_failed", "number", where=FAILED),
    partial("commands_repeated", "number", where=REPEATED),
    sqlite_autoincrement=True,
)

# What people did with messages: put aside, taken back, tried again, opened. The note is sealed.
message_acts = sa.Table(
    "message_acts",
    metadata,
    sa.Column("number", Number, primary_key=True),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("code", sa.Text),
    sa.Column("note", sa.LargeBinary),
    sa.Index("message_acts_message", "message_id", "number"),
    sqlite_autoincrement=True,
)

# Which commits changed what, over all cases, for whoever listens; old rows are forgotten, and no rebuild writes any.
changes = sa.Table(
    "changes",
    metadata,
    sa.Column("number", Number, primary_key=True),
    sa.Column("hospital", sa.Text, nullable=False),
    sa.Column("case_id", sa.Text),
    sa.Column("seq", sa.Integer),
    sa.Column("kinds", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sqlite_autoincrement=True,
)
