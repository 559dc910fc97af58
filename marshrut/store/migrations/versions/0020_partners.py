"""What partners were asked for, the links by which they answer, and which version of a thing a command was meant for.

The referrals of the cases that are there are read off them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# As `marshrut.store.types` has it today: a revision must not change when the code does.
TIME = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
BATCH = 500


def upgrade() -> None:
    op.add_column("commands", sa.Column("expects", sa.Text))
    referrals = op.create_table(
        "referrals",
        sa.Column("item_id", sa.Text, primary_key=True),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("partner", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("added_at", TIME, nullable=False),
    )
    op.create_index("referrals_case", "referrals", ["case_id"])
    op.create_index("referrals_partner", "referrals", ["partner", "added_at", "item_id", "status"])
    op.create_table(
        "partner_links",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("item_id", sa.Text, nullable=False),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("partner", sa.Text, nullable=False),
        sa.Column("issued_by", sa.Text, nullable=False),
        sa.Column("issued_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("withdrawn_at", TIME),
        sa.Column("command_id", sa.Text),
        sa.Column("claimed_at", TIME),
    )
    op.create_index("partner_links_item", "partner_links", ["item_id", "issued_at"])
    _fill(referrals)


def _fill(referrals: sa.Table) -> None:
    conn, after = op.get_bind(), ""
    page = sa.text("SELECT case_id, snapshot FROM cases WHERE case_id > :after ORDER BY case_id LIMIT :most")
    while rows := conn.execute(page, {"after": after, "most": BATCH}).all():
        after = rows[-1].case_id
        if found := [each for row in rows for each in _referrals(row, conn.dialect.name)]:
            conn.execute(referrals.insert(), found)


def _referrals(row: Any, dialect: str) -> Iterator[dict[str, Any]]:
    case = json.loads(row.snapshot)
    for item in case.get("items", {}).values():
        partner = item.get("facts", {}).get("partner")
        if item["kind"] != "referral" or partner is None:
            continue
        added = datetime.fromisoformat(item["added_at"]).astimezone(UTC)
        yield {
            "item_id": item["item_id"],
            "case_id": row.case_id,
            "partner": partner,
            "status": item["status"] if case.get("merged_into") is None else "merged",
            "added_at": added.isoformat(timespec="microseconds") if dialect == "sqlite" else added,
        }


def downgrade() -> None:
    op.drop_table("partner_links")
    op.drop_table("referrals")
    op.drop_column("commands", "expects")
