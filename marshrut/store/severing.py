"""`ports.Severing`: of an erased person SQL keeps what happened, under ids that lead nowhere, and nothing sealed."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.domain.erasing import ErasureStep, Logged, Plan, renamed, severed
from marshrut.domain.refusal import Refused
from marshrut.domain.state import CaseState
from marshrut.ports import CommandState, new_id
from marshrut.store.audit import sever as sever_audit
from marshrut.store.breaking_glass import forget_words
from marshrut.store.database import Database
from marshrut.store.erasures import note, settle_others
from marshrut.store.locks import lock, lock_cases, lock_person
from marshrut.store.rebuild import remake
from marshrut.store.tables import (
    cases,
    changes,
    commands,
    erasures,
    figures,
    findings,
    handover_items,
    journal,
    legal_holds,
    message_acts,
    notifications,
    outbox,
    partner_links,
    person_marks,
    persons,
    referrals,
    repairs,
    steps,
    webhook_attempts,
    webhook_deliveries,
    webhook_events,
)

ERASED = "case_erased"
# What is told outside or held against a case, and goes with it.
BY_CASE = (changes, findings, repairs, partner_links, webhook_events)
READ_MODEL = (notifications, referrals, figures, steps, cases)


class SqlSevering:
    """In SQL."""

    def __init__(self, db: Database, audit_key: bytes) -> None:
        self._db = db
        self._audit_key = audit_key

    async def of_one_person(self, case_id: str) -> Sequence[CaseState]:
        """The case, and every other one that is about the same person: also those merged with one of them."""
        found: dict[str, CaseState] = {}
        wanted, asked = {case_id}, set[str]()
        async with self._db.read() as conn:
            while wanted:
                asked |= wanted
                whose = sa.select(cases.c.person_id).where(cases.c.case_id.in_(wanted))
                which = sa.or_(cases.c.case_id.in_(wanted), cases.c.person_id.in_(whose))
                for text in await conn.scalars(sa.select(cases.c.snapshot).where(which)):
                    state = CaseState.model_validate_json(text)
                    found[state.case_id] = state
                wanted = {other for state in found.values() for other in _linked(state)} - asked - found.keys()
        first = [state for state in found.values() if state.case_id == case_id]
        return [*first, *(state for state in found.values() if state.case_id != case_id)]

    async def sever(self, erasure_id: str, plan: Plan, at: datetime) -> None:
        """In one transaction, once: destroy what is sealed, and put other ids into the place of the plan's."""
        async with self._db.write() as conn:
            await lock(conn, f"erasure/{erasure_id}")
            step = await conn.scalar(sa.select(erasures.c.step).where(erasures.c.id == erasure_id))
            if step != ErasureStep.RUNS_DELETED:
                return
            await lock_cases(conn, [*plan.cases, *plan.cases.values()])
            if await _came_back(conn, plan):
                raise Refused("case_open")
            counts = await _severed(conn, plan)
            counts["audited"] = await sever_audit(conn, self._audit_key, plan.cases)
            lines = [Logged(at, what, count) for what, count in counts.items()]
            await note(conn, erasure_id, ErasureStep.SEVERED, lines)
            await settle_others(conn, erasure_id, plan.cases, at)
        await self._db.sweep()


def _linked(state: CaseState) -> set[str]:
    return {other for other in (*state.absorbed, state.merged_into, state.earlier) if other is not None}


async def _came_back(conn: AsyncConnection, plan: Plan) -> bool:
    """Whether the person has a case that began after the plan was made: its words would go with the person's."""
    for person in sorted(plan.persons):
        await lock_person(conn, person)
    newer = sa.select(cases.c.case_id).where(cases.c.person_id.in_(plan.persons), cases.c.case_id.not_in(plan.cases))
    return await conn.scalar(newer.limit(1)) is not None


async def _severed(conn: AsyncConnection, plan: Plan) -> Counter[str]:
    told, counts = list(plan.cases), Counter[str]()
    whose = set(plan.persons)
    rows = await _commands_of(conn, told, whose)
    names = {row.id: new_id() for row in rows} | dict(plan.cases) | dict(plan.persons)
    # An id may be part of another one: the longer one is looked for first.
    names = {name: names[name] for name in sorted(names, key=len, reverse=True)}
    others = await _others(conn, told)
    counts["persons"] = await _gone(conn, persons, persons.c.person_id.in_(whose))
    counts["persons"] += await _gone(conn, persons, persons.c.number.in_([row.number for row in rows]))
    counts["marks"] = await _gone(conn, person_marks, person_marks.c.person_id.in_(whose))
    counts["events"] = await _journal(conn, told, names)
    counts += await _commands(conn, rows, names)
    counts["inbox_notes"] = await _acts(conn, names)
    counts["notices"] = await _gone(conn, outbox, _of_mail(told))
    counts["told_outside"] = await _outside(conn, told)
    for table in READ_MODEL:
        await conn.execute(table.delete().where(table.c.case_id.in_(told)))
    counts["handover_notes"] = await _handovers(conn, told, names)
    for old, new in plan.cases.items():
        counts["glass_notes"] += await forget_words(conn, old, new)
        await conn.execute(legal_holds.update().where(legal_holds.c.case_id == old).values(case_id=new))
    await _passed_on(conn, others, plan.cases)
    await _journal(conn, others, names, elsewhere=True)
    await remake(conn, [*plan.cases.values(), *others])
    return counts


async def _commands_of(conn: AsyncConnection, told: Sequence[str], whose: Collection[str]) -> Sequence[Any]:
    columns = ("number", "id", "body", "private", "raw", "state", "case_id", "replayed_as")
    query = sa.select(*(commands.c[name] for name in columns))
    by_person = sa.select(persons.c.number).where(persons.c.person_id.in_(whose))
    return (
        await conn.execute(
            query.where(
                sa.or_(
                    commands.c.case_id.in_(told),
                    commands.c.number.in_(by_person),
                    sa.and_(commands.c.case_id.is_(None), commands.c.person.in_(whose)),
                )
            )
        )
    ).all()


async def _others(conn: AsyncConnection, told: Sequence[str]) -> list[str]:
    """Cases of others that were once taken for the same person's: these speak of them, and they of these."""
    bodies = await conn.scalars(sa.select(journal.c.body).where(journal.c.case_id.in_(told)))
    named = {other for text in bodies if isinstance(other := orjson.loads(text).get("other"), str)} - set(told)
    known = await conn.scalars(sa.select(cases.c.case_id).where(cases.c.case_id.in_(named)))
    return sorted(known)


async def _journal(
    conn: AsyncConnection, of: Sequence[str], names: Mapping[str, str], *, elsewhere: bool = False
) -> int:
    rows = (await conn.execute(sa.select(journal).where(journal.c.case_id.in_(of)))).all()
    for row in rows:
        body = row.body if elsewhere and not any(name in row.body for name in names) else severed(row.body, names)
        command_id = row.command_id and severed(row.command_id, names)
        if elsewhere and (body, command_id) == (row.body, row.command_id):
            continue
        here = journal.update().where(journal.c.case_id == row.case_id, journal.c.seq == row.seq)
        await conn.execute(here.values(case_id=names.get(row.case_id, row.case_id), body=body, command_id=command_id))
    return len(rows)


async def _commands(conn: AsyncConnection, rows: Sequence[Any], names: Mapping[str, str]) -> Counter[str]:
    counts = Counter[str]()
    for row in rows:
        counts["records"] += row.private is not None
        counts["originals"] += row.raw is not None
        waits = row.state in {CommandState.PENDING, CommandState.HELD, CommandState.PARKED}
        over = {"state": CommandState.REJECTED, "code": ERASED, "lease_owner": None} if waits else {}
        # Under its old key, or by the same bytes, it would be answered for what it became here.
        await conn.execute(
            commands.update()
            .where(commands.c.number == row.number)
            .values(
                id=names[row.id],
                case_id=row.case_id and names.get(row.case_id, row.case_id),
                body=row.body and severed(row.body, names),
                idem_key=None,
                fingerprint=secrets.token_hex(32),
                private=None,
                raw=None,
                person=None,
                bound_to=None,
                replayed_as=row.replayed_as and names.get(row.replayed_as),
                **over,
            )
        )
    return counts


async def _passed_on(conn: AsyncConnection, others: Sequence[str], names: Mapping[str, str]) -> None:
    """What one of these told another's case, when the two were merged or parted: it is called by it (`merges`)."""
    texts = ("id", "idem_key", "fingerprint", "body")
    query = sa.select(commands.c.number, *(commands.c[name] for name in texts)).where(commands.c.case_id.in_(others))
    for row in (await conn.execute(query)).mappings().all():
        new = {name: renamed(row[name], names) for name in texts if row[name] is not None}
        if any(new[name] != row[name] for name in new):
            await conn.execute(commands.update().where(commands.c.number == row["number"]).values(**new))


def _of_mail(told: Sequence[str]) -> sa.ColumnElement[bool]:
    begins = (beginning for case_id in told for beginning in (f"{case_id}/", f"answer/{case_id}."))
    return sa.or_(*(outbox.c.id.startswith(each, autoescape=True) for each in begins))


async def _outside(conn: AsyncConnection, told: Sequence[str]) -> int:
    sent = sa.select(webhook_deliveries.c.number).where(webhook_deliveries.c.case_id.in_(told))
    await conn.execute(webhook_attempts.delete().where(webhook_attempts.c.delivery.in_(sent)))
    count = await _gone(conn, webhook_deliveries, webhook_deliveries.c.case_id.in_(told))
    for table in BY_CASE:
        await conn.execute(table.delete().where(table.c.case_id.in_(told)))
    return count


async def _handovers(conn: AsyncConnection, told: Sequence[str], names: Mapping[str, str]) -> int:
    rows = (await conn.execute(sa.select(handover_items).where(handover_items.c.case_id.in_(told)))).all()
    for row in rows:
        here = handover_items.update().where(
            handover_items.c.handover_id == row.handover_id, handover_items.c.item_id == row.item_id
        )
        new = {"item_id": severed(row.item_id, names), "case_id": names[row.case_id], "note": None}
        await conn.execute(here.values(**new))
    return sum(row.note is not None for row in rows)


async def _acts(conn: AsyncConnection, names: Mapping[str, str]) -> int:
    """What people did with messages stays, and their notes go."""
    rows = (await conn.execute(sa.select(message_acts).where(message_acts.c.message_id.in_(names)))).all()
    for row in rows:
        here = message_acts.update().where(message_acts.c.number == row.number)
        await conn.execute(here.values(message_id=names[row.message_id], note=None))
    return sum(row.note is not None for row in rows)


async def _gone(conn: AsyncConnection, table: sa.Table, which: sa.ColumnElement[bool]) -> int:
    return (await conn.execute(table.delete().where(which))).rowcount
