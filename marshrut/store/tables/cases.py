"""The journal, and the read model, which follows from it alone: that can be thrown away and rebuilt.

So the read model has no encrypted and no wall-clock columns.
"""

from __future__ import annotations

import sqlalchemy as sa

from marshrut.store.tables.base import metadata, partial
from marshrut.store.types import Tick, UtcTime

# What is over costs the lists of what is open nothing: they find their rows by indexes that hold no others.
ALIVE = sa.text("state <> 'closed'")
LIVE_STEPS = sa.text("state IN ('open', 'claimed')")
READY = sa.text("ready_at IS NOT NULL")
GUARDED = sa.text("guarded IS NOT NULL")
QUIET = sa.text("quiet_since IS NOT NULL")
STUCK = sa.text("stuck_at IS NOT NULL")
BLOCKED = sa.text("blocked_since IS NOT NULL")
TO_A_ROLE = sa.text('"user" IS NULL')
OF_A_STAY = sa.text("hospital IS NOT NULL")
UNANSWERED = sa.text("hospital IS NOT NULL AND stands IN ('requested', 'accepted', 'in_progress', 'on_hold')")

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("recorded_at", UtcTime, nullable=False),
    sa.Column("occurred_at", UtcTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("command_id", sa.Text),
    sa.Column("body", sa.Text, nullable=False),
)

# What open cases are picked by; SQLite tests a partial index's own condition again, so it holds `state` too.
CASE_FACTS = ("state", "stage", "ward", "ready_at")
cases = sa.Table(
    "cases",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("hospital", sa.Text, nullable=False),
    sa.Column("person_id", sa.Text, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("admitted_at", UtcTime, nullable=False),
    sa.Column("opened_at", UtcTime, nullable=False),
    sa.Column("closed_at", UtcTime),
    sa.Column("ending", sa.Text),
    sa.Column("ward", sa.Text),
    sa.Column("bed", sa.Text),
    sa.Column("snapshot", sa.Text, nullable=False),
    sa.Column("catalogue", sa.Text),
    sa.Column("paused_since", UtcTime),
    sa.Column("flags", sa.Text, nullable=False, server_default=""),
    sa.Column("last_event_at", UtcTime),
    sa.Column("ready_at", Tick),
    sa.Column("quiet_since", Tick),
    sa.Column("inquiry", sa.Text),
    sa.Index("cases_inquiry", "inquiry", unique=True),
    sa.Column("owner", sa.Text),
    sa.Column("variants", sa.Text, nullable=False, server_default=""),
    sa.Column("guarded", sa.Text),
    sa.Index("cases_owner", "owner", "opened_at"),
    sa.Index("cases_opened", "opened_at", "case_id"),
    sa.Index("cases_hospital", "hospital", "opened_at"),
    partial("cases_guarded", "case_id", "owner", "state", where=GUARDED),
    partial("cases_ready", "ready_at", "case_id", "hospital", "ward", "quiet_since", where=READY),
    partial("cases_quiet", "quiet_since", "case_id", "hospital", "ward", "ready_at", where=QUIET),
    partial("cases_alive", "opened_at", "case_id", "hospital", "owner", *CASE_FACTS, where=ALIVE),
    partial("cases_alive_hospital", "hospital", "opened_at", "case_id", "owner", *CASE_FACTS, where=ALIVE),
    partial("cases_alive_owner", "owner", "opened_at", "case_id", "hospital", *CASE_FACTS, where=ALIVE),
    sa.Index("cases_person", "person_id", "admitted_at"),
)

# What an item of the list of what is stuck, and one of an inbox, is picked by.
STUCK_FACTS = (
    *("hospital", "track", "role", "assignee", "mandatory", "statutory"),
    *("late_at", "unowned_at", "blocked_since", "blocked_until", "escalated_at"),
)
STEP_FACTS = ("role", "track", "opened_at", "late_at", "amber_at", "escalated_at", "blocked", "state", "case_id")
steps = sa.Table(
    "steps",
    metadata,
    sa.Column("step_id", sa.Text, primary_key=True),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("hospital", sa.Text, nullable=False),
    sa.Column("track", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("assignee", sa.Text),
    sa.Column("mandatory", sa.Boolean, nullable=False),
    sa.Column("opened_at", UtcTime, nullable=False),
    sa.Column("due_at", UtcTime),
    sa.Column("blocked", sa.Boolean, nullable=False),
    sa.Column("still", sa.Boolean, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("statutory", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("late_at", Tick),
    sa.Column("unowned_at", Tick),
    sa.Column("blocked_since", Tick),
    sa.Column("blocked_until", Tick),
    sa.Column("escalated_at", Tick),
    sa.Column("stuck_at", Tick),
    sa.Column("amber_at", Tick),
    sa.Column("done_by", sa.Text),
    sa.Index("steps_case", "case_id", "due_at", "step_id"),
    sa.Index("steps_due", "due_at", "step_id"),
    sa.Index("steps_hospital", "hospital", "due_at", "step_id"),
    sa.Index("steps_assignee", "assignee", "due_at", "step_id"),
    # All that the list of what is stuck asks of a step, so that it need not be looked up.
    partial("steps_stuck", "stuck_at", "step_id", "case_id", *STUCK_FACTS, where=STUCK),
    partial("steps_blocked", "blocked_since", "step_id", where=BLOCKED),
    partial("steps_live", "due_at", "step_id", "hospital", "assignee", *STEP_FACTS, where=LIVE_STEPS),
    partial("steps_live_hospital", "hospital", "due_at", "step_id", "assignee", *STEP_FACTS, where=LIVE_STEPS),
    partial("steps_live_assignee", "assignee", "due_at", "step_id", "hospital", *STEP_FACTS, where=LIVE_STEPS),
    partial("steps_live_track", "track", "opened_at", "hospital", "late_at", "state", "case_id", where=LIVE_STEPS),
)

# What partners were asked for: read model too. A case that goes on in another has its referrals there.
# `alias`: the id that is not long; `stands`: the status, or that it is put aside; `hospital`: where the stay is, so of
# what an enquiry asked for, and of what goes on in another case, there is none.
ASKED_FACTS = ("hospital", "partner", "stands")
referrals = sa.Table(
    "referrals",
    metadata,
    sa.Column("item_id", sa.Text, primary_key=True),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("partner", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("added_at", UtcTime, nullable=False),
    sa.Column("alias", sa.Text, nullable=False),
    sa.Column("hospital", sa.Text),
    sa.Column("person_id", sa.Text, nullable=False),
    sa.Column("stands", sa.Text, nullable=False),
    sa.Column("moved_at", UtcTime, nullable=False),
    sa.Index("referrals_alias", "alias", unique=True),
    sa.Index("referrals_case", "case_id"),
    sa.Index("referrals_person", "person_id"),
    sa.Index("referrals_partner", "partner", "added_at", "item_id", "status", "hospital", "stands"),
    partial("referrals_asked", "added_at", "item_id", *ASKED_FACTS, where=OF_A_STAY),
    partial("referrals_asked_hospital", "hospital", "added_at", "item_id", "partner", "stands", where=OF_A_STAY),
    partial("referrals_open", "added_at", "item_id", *ASKED_FACTS, where=UNANSWERED),
    partial("referrals_open_hospital", "hospital", "added_at", "item_id", "partner", "stands", where=UNANSWERED),
    partial("referrals_moved", "moved_at", "item_id", *ASKED_FACTS, where=OF_A_STAY),
    partial("referrals_moved_hospital", "hospital", "moved_at", "item_id", "partner", "stands", where=OF_A_STAY),
    partial("referrals_moved_partner", "partner", "moved_at", "item_id", "hospital", "stands", where=OF_A_STAY),
)

# What figures are counted from, by case: read model too. Without `facts` a row was there before there were any.
# `closed_at`: when the case was closed and its patient had left, whichever was later.
figures = sa.Table(
    "figures",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("hospital", sa.Text, nullable=False),
    sa.Column("begun_at", UtcTime, nullable=False),
    sa.Column("closed_at", UtcTime),
    sa.Column("facts", sa.Text),
    sa.Index("figures_hospital", "hospital", "closed_at", "case_id"),
)

NOTICE_FACTS = ("urgent", "acknowledged_by", "case_id")
notifications = sa.Table(
    "notifications",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("step_id", sa.Text),
    sa.Column("hospital", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("user", sa.Text),
    sa.Column("occasion", sa.Text, nullable=False),
    sa.Column("urgent", sa.Boolean, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("tell_at", UtcTime, nullable=False),
    sa.Column("acknowledged_by", sa.Text),
    sa.Column("acknowledged_at", UtcTime),
    sa.Index("notifications_case", "case_id"),
    sa.Index("notifications_user", "user", "tell_at", "id", *NOTICE_FACTS),
    partial("notifications_role", "role", "tell_at", "id", "user", "hospital", *NOTICE_FACTS, where=TO_A_ROLE),
    partial("notifications_role_hospital", "role", "hospital", "tell_at", "id", "user", *NOTICE_FACTS, where=TO_A_ROLE),
)

# The same conditions as of the partial indexes, for queries over several tables.
ALIVE_CASES = cases.c.state != sa.literal_column("'closed'")
LIVE = steps.c.state.in_([sa.literal_column("'open'"), sa.literal_column("'claimed'")])
