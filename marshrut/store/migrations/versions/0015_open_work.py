"""Lists of what is open cost the same, however much is over: indexes that hold nothing else, and onsets to count with.

Onsets become whole microseconds since 1970. The steps of a case that does not stand open have none any more, and a
step keeps when it turns amber; what the rows say is carried over here, no rebuild is needed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# As `marshrut.store.types` has it today: a revision must not change when the code does.
TIME = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
EPOCH, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
BATCH = 5_000
CASE_ONSETS = ("ready_at", "quiet_since")
STEP_ONSETS = ("late_at", "unowned_at", "blocked_since", "blocked_until", "escalated_at", "stuck_at")
ALIVE, LIVE = "state <> 'closed'", "state IN ('open', 'claimed')"
STUCK_FACTS = (
    *("hospital", "track", "role", "assignee", "mandatory", "statutory"),
    *("late_at", "unowned_at", "blocked_since", "blocked_until", "escalated_at"),
)
CASE_FACTS = ("state", "stage", "ward", "ready_at")
STEP_FACTS = ("role", "track", "opened_at", "late_at", "amber_at", "escalated_at", "blocked", "state", "case_id")
NOTICE_FACTS = ("urgent", "acknowledged_by", "case_id")
TO_A_ROLE = '"user" IS NULL'

# Each with its table, its columns and its condition.
DROPPED = (
    ("cases", "cases_ready", ("ready_at", "case_id"), None),
    ("cases", "cases_quiet", ("quiet_since", "case_id"), None),
    ("steps", "steps_stuck", ("stuck_at", "step_id"), None),
    ("steps", "steps_blocked", ("blocked_since", "step_id"), None),
    ("steps", "steps_case", ("case_id",), None),
    ("steps", "steps_hospital", ("hospital", "due_at"), None),
    ("steps", "steps_assignee", ("assignee", "due_at"), None),
    ("notifications", "notifications_role", ("role", "tell_at"), None),
    ("notifications", "notifications_user", ("user", "tell_at"), None),
)
CREATED = (
    ("cases", "cases_ready", ("ready_at", "case_id", "hospital", "ward", "quiet_since"), "ready_at IS NOT NULL"),
    ("cases", "cases_quiet", ("quiet_since", "case_id", "hospital", "ward", "ready_at"), "quiet_since IS NOT NULL"),
    ("cases", "cases_alive", ("opened_at", "case_id", "hospital", "owner", *CASE_FACTS), ALIVE),
    ("cases", "cases_alive_hospital", ("hospital", "opened_at", "case_id", "owner", *CASE_FACTS), ALIVE),
    ("cases", "cases_alive_owner", ("owner", "opened_at", "case_id", "hospital", *CASE_FACTS), ALIVE),
    ("steps", "steps_case", ("case_id", "due_at", "step_id"), None),
    ("steps", "steps_stuck", ("stuck_at", "step_id", "case_id", *STUCK_FACTS), "stuck_at IS NOT NULL"),
    ("steps", "steps_blocked", ("blocked_since", "step_id"), "blocked_since IS NOT NULL"),
    ("steps", "steps_hospital", ("hospital", "due_at", "step_id"), None),
    ("steps", "steps_assignee", ("assignee", "due_at", "step_id"), None),
    ("steps", "steps_live", ("due_at", "step_id", "hospital", "assignee", *STEP_FACTS), LIVE),
    ("steps", "steps_live_hospital", ("hospital", "due_at", "step_id", "assignee", *STEP_FACTS), LIVE),
    ("steps", "steps_live_assignee", ("assignee", "due_at", "step_id", "hospital", *STEP_FACTS), LIVE),
    ("steps", "steps_live_track", ("track", "opened_at", "hospital", "late_at", "state", "case_id"), LIVE),
    ("notifications", "notifications_user", ("user", "tell_at", "id", *NOTICE_FACTS), None),
    ("notifications", "notifications_role", ("role", "tell_at", "id", "user", "hospital", *NOTICE_FACTS), TO_A_ROLE),
    (
        "notifications",
        "notifications_role_hospital",
        ("role", "hospital", "tell_at", "id", "user", *NOTICE_FACTS),
        TO_A_ROLE,
    ),
)

Row = dict[str, Any]


def upgrade() -> None:
    for table, name, _, _ in DROPPED:
        op.drop_index(name, table)
    _change("cases", "case_id", CASE_ONSETS, sa.BigInteger)
    op.add_column("steps", sa.Column("amber_at", sa.BigInteger))
    _change("steps", "step_id", STEP_ONSETS, sa.BigInteger)
    _stand_still()
    _turn_amber()
    for table, name, columns, where in CREATED:
        _index(table, name, columns, where)


def downgrade() -> None:
    for table, name, _, _ in CREATED:
        op.drop_index(name, table)
    _change("steps", "step_id", STEP_ONSETS, TIME)
    op.drop_column("steps", "amber_at")
    _change("cases", "case_id", CASE_ONSETS, TIME)
    for table, name, columns, where in DROPPED:
        _index(table, name, columns, where)


def _index(table: str, name: str, columns: Sequence[str], where: str | None) -> None:
    condition = None if where is None else sa.text(where)
    op.create_index(name, table, list(columns), sqlite_where=condition, postgresql_where=condition)


def _change(table: str, key: str, names: Sequence[str], kind: Any) -> None:
    """Have these columns another type; only what is open has anything in them."""
    old = sa.table(table, sa.column(key), *(sa.column(name) for name in names))
    some = sa.or_(*(old.c[name].is_not(None) for name in names))
    kept = op.get_bind().execute(sa.select(old).where(some)).mappings().all()
    for name in names:
        op.drop_column(table, name)
        op.add_column(table, sa.Column(name, kind))
    new = sa.table(table, sa.column(key), *(sa.column(name, kind) for name in names))
    _write(new, key, ({key: row[key], **{name: _turned(row[name]) for name in names}} for row in kept))


def _write(table: Any, key: str, rows: Iterator[Row]) -> None:
    batch: list[Row] = []
    names = [column.name for column in table.c if column.name != key]
    change = table.update().where(table.c[key] == sa.bindparam("its_key"))
    change = change.values({name: sa.bindparam(f"its_{name}") for name in names})
    for row in rows:
        batch.append({f"its_{name}": value for name, value in row.items()} | {"its_key": row[key]})
        if len(batch) == BATCH:
            op.get_bind().execute(change, batch)
            batch = []
    if batch:
        op.get_bind().execute(change, batch)


def _turned(value: Any) -> Any:
    """An instant as a number, and a number as an instant."""
    if value is None:
        return None
    if isinstance(value, int):
        moment = EPOCH + value * MICROSECOND
        return moment.isoformat(timespec="microseconds") if op.get_bind().dialect.name == "sqlite" else moment
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return (moment - EPOCH) // MICROSECOND


def _stand_still() -> None:
    """Nothing holds up a step of a case that does not stand open."""
    case = sa.table("cases", sa.column("case_id"), sa.column("state"))
    step = sa.table("steps", sa.column("case_id"), *(sa.column(name) for name in STEP_ONSETS))
    elsewhere = sa.select(case.c.case_id).where(case.c.state != "open")
    some = sa.or_(*(step.c[name].is_not(None) for name in STEP_ONSETS))
    op.execute(step.update().where(some, step.c.case_id.in_(elsewhere)).values(dict.fromkeys(STEP_ONSETS)))


def _turn_amber() -> None:
    """A step whose clock runs keeps when most of its time is gone; its own text says when."""
    step = sa.table("steps", *(sa.column(name) for name in ("step_id", "body", "late_at")))
    rows = op.get_bind().execute(sa.select(step.c.step_id, step.c.body).where(step.c.late_at.is_not(None))).all()
    clocks = ((row.step_id, json.loads(row.body)["clock"]["times"]["amber_at"]) for row in rows)
    target = sa.table("steps", sa.column("step_id"), sa.column("amber_at", sa.BigInteger))
    _write(target, "step_id", ({"step_id": name, "amber_at": _turned(amber)} for name, amber in clocks))
