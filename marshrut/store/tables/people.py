"""Who works where, who is away, and what one shift gives to the next."""

from __future__ import annotations

import sqlalchemy as sa

from marshrut.store.tables.base import UNSETTLED, metadata, partial
from marshrut.store.types import UtcTime

UNFINISHED = sa.text("handed_over_at IS NULL")
OFFERED = sa.text("state = 'offered'")

# Who works where, by user codes alone. `hospitals`: codes between spaces; without any they work for all.
staff = sa.Table(
    "staff",
    metadata,
    sa.Column("user", sa.Text, primary_key=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("hospitals", sa.Text),
    sa.Column("active", sa.Boolean, nullable=False),
)

absences = sa.Table(
    "absences",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("user", sa.Text, nullable=False),
    sa.Column("starts_at", UtcTime, nullable=False),
    sa.Column("ends_at", UtcTime),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("deputy", sa.Text),
    sa.Column("recorded_by", sa.Text, nullable=False),
    sa.Column("recorded_at", UtcTime, nullable=False),
    sa.Column("ended_by", sa.Text),
    sa.Column("handed_over_at", UtcTime),
    sa.Index("absences_user", "user", "starts_at"),
    partial("absences_unfinished", "starts_at", where=UNFINISHED),
)

# Handovers of shifts, with both times of what people said, and each thing that was in one. Notes are sealed.
handovers = sa.Table(
    "handovers",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("hospital", sa.Text, nullable=False),
    sa.Column("giver", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("receiver", sa.Text),
    sa.Column("offered_by", sa.Text, nullable=False),
    sa.Column("offered_at", UtcTime, nullable=False),
    sa.Column("recorded_at", UtcTime, nullable=False),
    sa.Column("senior_at", UtcTime, nullable=False),
    sa.Column("head_at", UtcTime, nullable=False),
    sa.Column("urgent", sa.Boolean, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("note", sa.LargeBinary),
    sa.Column("told_at", UtcTime),
    sa.Column("senior_told_at", UtcTime),
    sa.Column("head_told_at", UtcTime),
    sa.Column("answered_by", sa.Text),
    sa.Column("answered_role", sa.Text),
    sa.Column("answered_at", UtcTime),
    sa.Column("answer_recorded_at", UtcTime),
    sa.Column("reason", sa.Text),
    sa.Column("answer_note", sa.LargeBinary),
    sa.Column("finished_at", UtcTime),
    partial("handovers_offered", "giver", "hospital", unique=True, where=OFFERED),
    partial("handovers_unsettled", "recorded_at", "id", where=UNSETTLED),
    sa.Index("handovers_hospital", "hospital", "recorded_at"),
)

handover_items = sa.Table(
    "handover_items",
    metadata,
    sa.Column("handover_id", sa.Text, sa.ForeignKey("handovers.id"), primary_key=True),
    sa.Column("item_id", sa.Text, primary_key=True),
    sa.Column("thing", sa.Text, nullable=False),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("role", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("holder", sa.Text),
    sa.Column("settled_at", UtcTime),
    sa.Column("note", sa.LargeBinary),
)

# Filters of a list under a name of somebody's own, which is sealed: people write names into names.
views = sa.Table(
    "views",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("user", sa.Text, nullable=False),
    sa.Column("page", sa.Text, nullable=False),
    sa.Column("name", sa.LargeBinary, nullable=False),
    sa.Column("filters", sa.Text, nullable=False),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("first", sa.Boolean, nullable=False),
    sa.Column("saved_at", UtcTime, nullable=False),
    sa.Index("views_user", "user", "page", "place"),
)
