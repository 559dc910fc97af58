"""The tables. Migrations make them; a test holds the two together.

`cases`, `steps`, `notifications`, `referrals` and `figures` are the read model: they follow from `journal` alone and
can be thrown away and rebuilt, so they have no encrypted and no wall-clock columns. JSON is kept as text: its bytes are
compared.
"""

from __future__ import annotations

import sqlalchemy as sa

from marshrut.store.types import Number, Tick, UtcTime

metadata = sa.MetaData()

# Partial indexes serve a query only when both spell the condition alike, so it is spelt out and not bound.
PENDING = sa.text("state = 'pending'")
PARKED = sa.text("state = 'parked'")
HELD = sa.text("state = 'held'")
MESSAGES = sa.text("format IS NOT NULL")
DISCARDED = sa.text("state = 'discarded'")
FAILED = sa.text("state IN ('rejected', 'expired') AND format IS NOT NULL")
REPEATED = sa.text("repeats > 0")
UNSENT = sa.text("state = 'pending'")
ON_THE_WIRE = sa.text("state = 'sending'")
UNFINISHED = sa.text("handed_over_at IS NULL")
OFFERED = sa.text("state = 'offered'")
UNSETTLED = sa.text("finished_at IS NULL")
HOLDS = sa.text("lifted_at IS NULL")
UNENDED = sa.text("ended_at IS NULL")
STANDS = sa.text("resolved_at IS NULL")
# What is over costs the lists of what is open nothing: they find their rows by indexes that hold no others.
ALIVE = sa.text("state <> 'closed'")
LIVE_STEPS = sa.text("state IN ('open', 'claimed')")
READY = sa.text("ready_at IS NOT NULL")
GUARDED = sa.text("guarded IS NOT NULL")
QUIET = sa.text("quiet_since IS NOT NULL")
STUCK = sa.text("stuck_at IS NOT NULL")
BLOCKED = sa.text("blocked_since IS NOT NULL")
TO_A_ROLE = sa.text('"user" IS NULL')
UNTOLD = sa.text("state IN ('pending', 'parked')")
OF_A_STAY = sa.text("hospital IS NOT NULL")
UNANSWERED = sa.text("hospital IS NOT NULL AND stands IN ('requested', 'accepted', 'in_progress', 'on_hold')")
SENT = sa.text("role = 'integrator' AND state = 'done'")
OVER = sa.text("finished_at IS NOT NULL")
ABOUT_A_CASE = sa.text("subject IS NOT NULL")
MENDED = sa.text("resolved_at IS NOT NULL")
HAS_NOTE = sa.text("note IS NOT NULL")
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
    sa.Index("commands_parked", "source", "fingerprint", unique=True, sqlite_where=PARKED, postgresql_where=PARKED),
    sa.Index("commands_pending", "case_id", "number", sqlite_where=PENDING, postgresql_where=PENDING),
    sa.Index("commands_held", "case_id", "person", sqlite_where=HELD, postgresql_where=HELD),
    sa.Index("commands_held_until", "due_at", sqlite_where=HELD, postgresql_where=HELD),
    sa.Index("commands_loose", "number", "case_id", sqlite_where=LOOSE, postgresql_where=LOOSE),
    sa.Index("commands_case", "case_id", "number"),
    sa.Index("commands_sent", "case_id", "actor", sqlite_where=SENT, postgresql_where=SENT),
    sa.Index("commands_inbox", "number", sqlite_where=MESSAGES, postgresql_where=MESSAGES),
    sa.Index("commands_arrived", "received_at", sqlite_where=MESSAGES, postgresql_where=MESSAGES),
    sa.Index("commands_originals", "finished_at", sqlite_where=ORIGINAL, postgresql_where=ORIGINAL),
    # Messages that are few among many, each list in its order.
    *(
        sa.Index(name, "number", sqlite_where=where, postgresql_where=where)
        for name, where in (
            ("commands_parked_number", PARKED),
            ("commands_discarded", DISCARDED),
            ("commands_failed", FAILED),
            ("commands_repeated", REPEATED),
        )
    ),
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
    *(
        sa.Index(name, *columns, sqlite_where=where, postgresql_where=where)
        for name, columns, where in (
            ("cases_guarded", ("case_id", "owner", "state"), GUARDED),
            ("cases_ready", ("ready_at", "case_id", "hospital", "ward", "quiet_since"), READY),
            ("cases_quiet", ("quiet_since", "case_id", "hospital", "ward", "ready_at"), QUIET),
            ("cases_alive", ("opened_at", "case_id", "hospital", "owner", *CASE_FACTS), ALIVE),
            ("cases_alive_hospital", ("hospital", "opened_at", "case_id", "owner", *CASE_FACTS), ALIVE),
            ("cases_alive_owner", ("owner", "opened_at", "case_id", "hospital", *CASE_FACTS), ALIVE),
        )
    ),
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
    *(
        sa.Index(name, *columns, sqlite_where=where, postgresql_where=where)
        for name, columns, where in (
            # All that the list of what is stuck asks of a step, so that it need not be looked up.
            ("steps_stuck", ("stuck_at", "step_id", "case_id", *STUCK_FACTS), STUCK),
            ("steps_blocked", ("blocked_since", "step_id"), BLOCKED),
            ("steps_live", ("due_at", "step_id", "hospital", "assignee", *STEP_FACTS), LIVE_STEPS),
            ("steps_live_hospital", ("hospital", "due_at", "step_id", "assignee", *STEP_FACTS), LIVE_STEPS),
            ("steps_live_assignee", ("assignee", "due_at", "step_id", "hospital", *STEP_FACTS), LIVE_STEPS),
            ("steps_live_track", ("track", "opened_at", "hospital", "late_at", "state", "case_id"), LIVE_STEPS),
        )
    ),
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
    *(
        sa.Index(name, *columns, sqlite_where=where, postgresql_where=where)
        for name, columns, where in (
            ("referrals_asked", ("added_at", "item_id", *ASKED_FACTS), OF_A_STAY),
            ("referrals_asked_hospital", ("hospital", "added_at", "item_id", "partner", "stands"), OF_A_STAY),
            ("referrals_open", ("added_at", "item_id", *ASKED_FACTS), UNANSWERED),
            ("referrals_open_hospital", ("hospital", "added_at", "item_id", "partner", "stands"), UNANSWERED),
            ("referrals_moved", ("moved_at", "item_id", *ASKED_FACTS), OF_A_STAY),
            ("referrals_moved_hospital", ("hospital", "moved_at", "item_id", "partner", "stands"), OF_A_STAY),
            ("referrals_moved_partner", ("partner", "moved_at", "item_id", "hospital", "stands"), OF_A_STAY),
        )
    ),
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

# Every version of the catalogue that was ever in force, as JSON: a case explains itself by the one it began under.
catalogues = sa.Table(
    "catalogues",
    metadata,
    sa.Column("version", sa.Text, primary_key=True),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("first_seen", UtcTime, nullable=False),
    sa.Column("last_seen", UtcTime),
)

# Which commands told about whom, and when that was so. What a referral says is `hearsay`: a hospital knows better.
persons = sa.Table(
    "persons",
    metadata,
    sa.Column("person_id", sa.Text, primary_key=True),
    sa.Column("number", Number, sa.ForeignKey("commands.number"), primary_key=True, autoincrement=False),
    sa.Column("told_at", UtcTime, nullable=False),
    sa.Column("hearsay", sa.Boolean, nullable=False),
)

# By what numbers persons are found, under a keyed hash of field and number: equal numbers can be seen, and no more.
person_marks = sa.Table(
    "person_marks",
    metadata,
    sa.Column("mark", sa.LargeBinary, primary_key=True),
    sa.Column("person_id", sa.Text, primary_key=True),
    # It proved wrong: kept, so that a record with it that comes later finds nobody by it either.
    sa.Column("wrong", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index("person_marks_person", "person_id"),
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
    *(
        sa.Index(name, *columns, *NOTICE_FACTS, sqlite_where=TO_A_ROLE, postgresql_where=TO_A_ROLE)
        for name, columns in (
            ("notifications_role", ("role", "tell_at", "id", "user", "hospital")),
            ("notifications_role_hospital", ("role", "hospital", "tell_at", "id", "user")),
        )
    ),
)

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
    sa.Index("outbox_unsent", "due_at", sqlite_where=UNSENT, postgresql_where=UNSENT),
    sa.Index("outbox_on_the_wire", "lease_until", sqlite_where=ON_THE_WIRE, postgresql_where=ON_THE_WIRE),
    sa.Index("outbox_over", "finished_at", sqlite_where=OVER, postgresql_where=OVER),
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
    sa.Index("absences_unfinished", "starts_at", sqlite_where=UNFINISHED, postgresql_where=UNFINISHED),
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
    sa.Index("handovers_offered", "giver", "hospital", unique=True, sqlite_where=OFFERED, postgresql_where=OFFERED),
    sa.Index("handovers_unsettled", "recorded_at", "id", sqlite_where=UNSETTLED, postgresql_where=UNSETTLED),
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

# Links by which a partner answers one referral without signing in. `id` is a keyed hash of the code, which nothing here
# knows. `command_id`: the command that answered; while that was refused or never stored the link is good.
partner_links = sa.Table(
    "partner_links",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("item_id", sa.Text, nullable=False),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("partner", sa.Text, nullable=False),
    sa.Column("issued_by", sa.Text, nullable=False),
    sa.Column("issued_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime, nullable=False),
    sa.Column("withdrawn_at", UtcTime),
    sa.Column("command_id", sa.Text),
    sa.Column("claimed_at", UtcTime),
    sa.Index("partner_links_item", "item_id", "issued_at"),
    sa.Index("partner_links_case", "case_id", "issued_at"),
)

# Who may sign in to the pages. The name is sealed; `hospitals` as in `staff`, without the outer spaces.
accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("user", sa.Text, primary_key=True),
    sa.Column("name", sa.LargeBinary, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("hospitals", sa.Text),
    sa.Column("language", sa.Text),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("password", sa.Text),
    sa.Column("changed_at", UtcTime, nullable=False),
    sa.Column("origin", sa.Text),
    sa.Column("must_change", sa.Boolean, nullable=False),
)

# `step`: the last of the time steps whose code was used; `codes`: hashes of those in reserve, between spaces.
second_factors = sa.Table(
    "second_factors",
    metadata,
    sa.Column("user", sa.Text, primary_key=True),
    sa.Column("secret", sa.LargeBinary, nullable=False),
    sa.Column("step", sa.BigInteger, nullable=False),
    sa.Column("codes", sa.Text, nullable=False),
    sa.Column("since", UtcTime, nullable=False),
)

# Machines that call: a name for people, which is sealed, and the hash of a key.
clients = sa.Table(
    "clients",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.LargeBinary, nullable=False),
    sa.Column("user", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("hospitals", sa.Text),
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("secret", sa.Text, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("expires_at", UtcTime, nullable=False),
    sa.Column("used_at", UtcTime),
    sa.Column("revoked_at", UtcTime),
)

# `id` is a hash of the browser's secret. `role`, `hospitals`: of an access token; without a role the account tells.
# `stage`: what is still asked for; `agent`: the kind of browser; `hint`: the provider's own session, sealed.
sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("user", sa.Text, nullable=False),
    sa.Column("role", sa.Text),
    sa.Column("hospitals", sa.Text),
    sa.Column("started_at", UtcTime, nullable=False),
    sa.Column("seen_at", UtcTime, nullable=False),
    sa.Column("ends_at", UtcTime, nullable=False),
    sa.Column("stage", sa.Text),
    sa.Column("agent", sa.Text, nullable=False),
    sa.Column("hint", sa.LargeBinary),
    sa.Index("sessions_user", "user"),
    sa.Index("sessions_ends", "ends_at"),
)

# Wrong passwords in thousandths, since they are forgotten little by little; by a keyed hash of user, of address and of
# both, or of a browser that is known as the user's.
sign_in_tries = sa.Table(
    "sign_in_tries",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("last_at", UtcTime, nullable=False),
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
    sa.Index("findings_stand", "since", "case_id", "code", sqlite_where=STANDS, postgresql_where=STANDS),
    sa.Index("findings_over", "resolved_at", sqlite_where=MENDED, postgresql_where=MENDED),
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

# What went because its time was over, by kind.
swept = sa.Table(
    "swept",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("last_at", UtcTime, nullable=False),
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
    *(
        sa.Index(name, *columns, sqlite_where=where, postgresql_where=where)
        for name, columns, where in (
            ("webhook_deliveries_over", ("webhook_id", "finished_at"), OVER),
            ("webhook_deliveries_due", ("webhook_id", "due_at", "number"), PENDING),
            ("webhook_deliveries_untold", ("webhook_id", "case_id", "number"), UNTOLD),
        )
    ),
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
    sa.Index("erasures_unfinished", "asked_at", sqlite_where=UNSETTLED, postgresql_where=UNSETTLED),
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
    sa.Index("legal_holds_standing", "case_id", unique=True, sqlite_where=HOLDS, postgresql_where=HOLDS),
)

# Who looked at a case in need (break-glass). `hospital`: the case's; the note is sealed.
glass = sa.Table(
    "glass",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("hospital", sa.Text, nullable=False),
    sa.Column("user", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("need", sa.Text, nullable=False),
    sa.Column("note", sa.LargeBinary),
    sa.Column("opened_at", UtcTime, nullable=False),
    sa.Column("ends_at", UtcTime, nullable=False),
    sa.Column("ended_at", UtcTime),
    sa.Column("ended_by", sa.Text),
    sa.Index("glass_user", "user", "ends_at", sqlite_where=UNENDED, postgresql_where=UNENDED),
    sa.Index("glass_hospital", "hospital", "opened_at"),
    sa.Index("glass_case", "case_id"),
)

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
    sa.Index("audit_subject", "subject", "seq", sqlite_where=ABOUT_A_CASE, postgresql_where=ABOUT_A_CASE),
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

# The same conditions as of the partial indexes, for queries over several tables.
ALIVE_CASES = cases.c.state != sa.literal_column("'closed'")
LIVE = steps.c.state.in_([sa.literal_column("'open'"), sa.literal_column("'claimed'")])
