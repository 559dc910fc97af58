"""Who may come in: accounts, machines, sessions, partners' links, and looks at a case in need."""

from __future__ import annotations

import sqlalchemy as sa

from marshrut.store.tables.base import metadata, partial
from marshrut.store.types import UtcTime

UNENDED = sa.text("ended_at IS NULL")

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
    partial("glass_user", "user", "ends_at", where=UNENDED),
    sa.Index("glass_hospital", "hospital", "opened_at"),
    sa.Index("glass_case", "case_id"),
)
