"""What partners were asked for is listed by hospital, person, partner, standing and time: read off the cases anew."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0021"
branch_labels = None
depends_on = None

# As `marshrut.store.types` and `marshrut.store.tables` have them today: a revision must not change when the code does.
TIME = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
BATCH = 500
OF_A_STAY = sa.text("hospital IS NOT NULL")
UNANSWERED = sa.text("hospital IS NOT NULL AND stands IN ('requested', 'accepted', 'in_progress', 'on_hold')")
PARTIAL = (
    ("referrals_asked", ("added_at", "item_id", "hospital", "partner", "stands"), OF_A_STAY),
    ("referrals_asked_hospital", ("hospital", "added_at", "item_id", "partner", "stands"), OF_A_STAY),
    ("referrals_open", ("added_at", "item_id", "hospital", "partner", "stands"), UNANSWERED),
    ("referrals_open_hospital", ("hospital", "added_at", "item_id", "partner", "stands"), UNANSWERED),
    ("referrals_moved", ("moved_at", "item_id", "hospital", "partner", "stands"), OF_A_STAY),
    ("referrals_moved_hospital", ("hospital", "moved_at", "item_id", "partner", "stands"), OF_A_STAY),
    ("referrals_moved_partner", ("partner", "moved_at", "item_id", "hospital", "stands"), OF_A_STAY),
)
OLD = ("item_id", "case_id", "partner", "status", "added_at")


def upgrade() -> None:
    op.drop_table("referrals")
    referrals = op.create_table(
        "referrals",
        sa.Column("item_id", sa.Text, primary_key=True),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("partner", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("added_at", TIME, nullable=False),
        sa.Column("alias", sa.Text, nullable=False),
        sa.Column("hospital", sa.Text),
        sa.Column("person_id", sa.Text, nullable=False),
        sa.Column("stands", sa.Text, nullable=False),
        sa.Column("moved_at", TIME, nullable=False),
    )
    _fill(referrals, tuple(column.name for column in referrals.columns))
    op.create_index("referrals_alias", "referrals", ["alias"], unique=True)
    op.create_index("referrals_case", "referrals", ["case_id"])
    op.create_index("referrals_person", "referrals", ["person_id"])
    op.create_index(
        "referrals_partner", "referrals", ["partner", "added_at", "item_id", "status", "hospital", "stands"]
    )
    for name, columns, where in PARTIAL:
        op.create_index(name, "referrals", list(columns), sqlite_where=where, postgresql_where=where)


def _fill(referrals: sa.Table, columns: tuple[str, ...]) -> None:
    conn, after = op.get_bind(), ""
    page = sa.text("SELECT case_id, snapshot FROM cases WHERE case_id > :after ORDER BY case_id LIMIT :most")
    while rows := conn.execute(page, {"after": after, "most": BATCH}).all():
        after = rows[-1].case_id
        if found := [each for row in rows for each in _referrals(row, conn.dialect.name)]:
            conn.execute(referrals.insert(), [{name: each[name] for name in columns} for each in found])


def _referrals(row: Any, dialect: str) -> Iterator[dict[str, Any]]:
    case = json.loads(row.snapshot)
    here = case.get("merged_into") is None
    for item in case.get("items", {}).values():
        facts = item.get("facts", {})
        partner = facts.get("partner")
        if item["kind"] != "referral" or partner is None:
            continue
        name, status = item["item_id"], item["status"]
        yield {
            "item_id": name,
            "case_id": row.case_id,
            "partner": partner,
            "status": status if here else "merged",
            "added_at": _instant(item["added_at"], dialect),
            "alias": f"{name.split('.', 1)[0]}.{hashlib.sha256(name.encode()).hexdigest()[:16]}",
            "hospital": case.get("hospital") if here and case.get("via") != "enquiry" else None,
            "person_id": case.get("person") or "",
            "stands": "on_hold" if facts.get("on_hold") == status else status,
            "moved_at": _instant(item.get("moved_at") or item["added_at"], dialect),
        }


def _instant(told: str, dialect: str) -> Any:
    at = datetime.fromisoformat(told).astimezone(UTC)
    return at.isoformat(timespec="microseconds") if dialect == "sqlite" else at


def downgrade() -> None:
    op.drop_table("referrals")
    referrals = op.create_table(
        "referrals",
        sa.Column("item_id", sa.Text, primary_key=True),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("partner", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("added_at", TIME, nullable=False),
    )
    _fill(referrals, OLD)
    op.create_index("referrals_case", "referrals", ["case_id"])
    op.create_index("referrals_partner", "referrals", ["partner", "added_at", "item_id", "status"])
