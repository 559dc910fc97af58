"""What is told to people by mail and to systems outside: it happens once, so no rebuild touches it."""

from __future__ import annotations

import sqlalchemy as sa

from marshrut.store.tables.base import PENDING, metadata, partial
from marshrut.store.types import Number, UtcTime

UNSENT = sa.text("state = 'pending'")
ON_THE_WIRE = sa.text("state = 'sending'")
UNTOLD = sa.text("state IN ('pending', 'parked')")
OVER = sa.text("finished_at IS NOT NULL")

# The mail that is asked for. It happens once, so it follows from nothing and no rebuild touches it. `errand`: what it
# is about; of a notice the id says which.
outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("due_at", UtcTime, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("told", sa.Text, nullable=False),
    sa.Column("lease_owner", sa.Text),
    sa.Column("lease_until", UtcTime),
    sa.Column("finished_at", UtcTime),
    sa.Column("errand", sa.Text, nullable=False, server_default="notice"),
    sa.Column("about", sa.Text),
    partial("outbox_unsent", "due_at", where=UNSENT),
    partial("outbox_on_the_wire", "lease_until", where=ON_THE_WIRE),
    partial("outbox_over", "finished_at", where=OVER),
)

# Who outside is told what. `target`: name, address and secrets, sealed; `types`, `hospitals`: codes between spaces, or
# all; `paused`: why nothing is sent.
webhooks = sa.Table(
    "webhooks",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("target", sa.LargeBinary, nullable=False),
    sa.Column("types", sa.Text),
    sa.Column("hospitals", sa.Text),
    sa.Column("paused", sa.Text),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("changed_at", UtcTime, nullable=False),
)

# What is told to anybody outside: written by the commit that it follows from, and by no rebuild. Codes only.
webhook_events = sa.Table(
    "webhook_events",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("hospital", sa.Text, nullable=False),
    sa.Column("about", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("recorded_at", UtcTime, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
    sa.Index("webhook_events_recorded", "recorded_at"),
)

# An event for a subscriber; of a case they go in the order of `number`. `attempts` are all, `tries` those since it was
# begun or replayed.
webhook_deliveries = sa.Table(
    "webhook_deliveries",
    metadata,
    sa.Column("number", Number, primary_key=True),
    sa.Column("webhook_id", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("due_at", UtcTime, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("begun_at", UtcTime),
    sa.Column("fault", sa.Text),
    sa.Column("lease_owner", sa.Text),
    sa.Column("lease_until", UtcTime),
    sa.Column("finished_at", UtcTime),
    sa.Index("webhook_deliveries_once", "event_id", "webhook_id", unique=True),
    sa.Index("webhook_deliveries_log", "webhook_id", "number"),
    partial("webhook_deliveries_over", "webhook_id", "finished_at", where=OVER),
    partial("webhook_deliveries_due", "webhook_id", "due_at", "number", where=PENDING),
    partial("webhook_deliveries_untold", "webhook_id", "case_id", "number", where=UNTOLD),
    sqlite_autoincrement=True,
)

webhook_attempts = sa.Table(
    "webhook_attempts",
    metadata,
    sa.Column("delivery", Number, primary_key=True, autoincrement=False),
    sa.Column("attempt", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("took_ms", sa.Integer, nullable=False),
    sa.Column("status", sa.Integer),
    sa.Column("fault", sa.Text),
)
