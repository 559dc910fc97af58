"""From a case to its rows in the read model. Whoever writes a case, now or in a rebuild, goes through here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.domain.facts import stands
from marshrut.domain.guarding import guard
from marshrut.domain.ids import alias
from marshrut.domain.kpi.facts import facts_of, text_of
from marshrut.domain.state import CaseState, Item, Notice, Step
from marshrut.domain.stuck import Why, known_of_step, left_at, onsets, quiet_since, ready_since, statutory
from marshrut.domain.words import ItemKind
from marshrut.store import tables
from marshrut.store.codec import state_text
from marshrut.store.statements import upsert

Row = dict[str, Any]


class Standing(StrEnum):
    """How a case stands, as lists and filters say it."""

    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


def standing(state: CaseState) -> Standing:
    """How the case stands."""
    if state.closed:
        return Standing.CLOSED
    return Standing.OPEN if state.paused_since is None else Standing.PAUSED


def case_row(state: CaseState, last_event_at: datetime) -> Row:
    """The case's own row; `last_event_at`: when its last event was recorded."""
    return {
        "case_id": state.case_id,
        "hospital": state.hospital,
        "person_id": state.person,
        "stage": state.stage,
        "state": standing(state),
        "seq": state.seq,
        "admitted_at": state.admitted_at,
        "opened_at": state.opened_at,
        "closed_at": state.closed_at,
        "ending": state.ending,
        "ward": state.ward,
        "bed": state.bed,
        "inquiry": state.inquiry,
        "owner": state.owner,
        "guarded": guard(state),
        "snapshot": state_text(state),
        **_case_onsets(state, last_event_at),
    }


def _case_onsets(state: CaseState, last_event_at: datetime) -> Row:
    """What lists ask of the case beside how it stands: facts only.

    When a patient's day of readiness ends its zone has to say, and when quiet is silence the rules in force.
    """
    return {
        "catalogue": state.catalogue,
        "paused_since": state.paused_since,
        "flags": "".join(f" {flag} " for flag in state.flags),
        "variants": "".join(f" {variant} " for variant in state.variants),
        "last_event_at": last_event_at,
        "ready_at": None if state.paused_since is not None else ready_since(state),
        "quiet_since": quiet_since(state, last_event_at),
    }


def step_row(state: CaseState, step: Step) -> Row:
    """The row of one of its steps."""
    return {
        "step_id": step.step_id,
        "case_id": state.case_id,
        "hospital": state.hospital,
        "track": step.track,
        "name": step.name,
        "role": step.role,
        "state": step.state,
        "assignee": step.assignee,
        "done_by": step.done_by,
        "mandatory": step.mandatory,
        "opened_at": step.opened_at,
        "due_at": step.due_at,
        "blocked": bool(step.blocks),
        "still": step.stands_still,
        "body": state_text(step),
        **_step_onsets(state, step),
    }


def _step_onsets(state: CaseState, step: Step) -> Row:
    """When each cause begins to hold the step up; in a case that is not open none does.

    How long a reason may stand is for the rules in force to say; `stuck_at` is the first onset that does without them.
    """
    stands = standing(state) is Standing.OPEN
    found = onsets(known_of_step(state, step)) if stands else {}
    blocks = step.blocks if step.live and stands else ()
    blocked_until = min((block.until for block in blocks if block.until is not None), default=None)
    runs = Why.OVERDUE in found
    return {
        "statutory": statutory(step),
        "late_at": found.get(Why.OVERDUE),
        "amber_at": step.clock.times.amber_at if runs and step.clock is not None else None,
        "unowned_at": found.get(Why.UNOWNED),
        "blocked_since": min((block.since for block in blocks), default=None),
        "blocked_until": blocked_until,
        "escalated_at": found.get(Why.ESCALATED),
        "stuck_at": min((at for at in (*found.values(), blocked_until) if at is not None), default=None),
    }


def notice_row(state: CaseState, key: str, notice: Notice) -> Row:
    """The row of one of its notices."""
    return {
        "id": f"{state.case_id}/{key}",
        "case_id": state.case_id,
        "key": key,
        "step_id": notice.about,
        "hospital": state.hospital,
        "role": notice.role,
        "user": notice.user,
        "occasion": notice.occasion,
        "urgent": notice.urgent,
        "created_at": notice.created_at,
        "tell_at": notice.tell_at,
        "acknowledged_by": notice.acknowledged_by,
        "acknowledged_at": notice.acknowledged_at,
    }


def figures_row(state: CaseState) -> Row:
    """What figures are counted from."""
    return {
        "case_id": state.case_id,
        "hospital": state.hospital,
        "begun_at": min(at for at in (state.opened_at, state.admitted_at) if at is not None),
        "closed_at": _over_at(state),
        "facts": text_of(facts_of(state)),
    }


def _over_at(state: CaseState) -> datetime | None:
    """When a case and its stay are both over: of one that was closed before, hospitals still tell when they left."""
    if state.closed_at is None:
        return None
    return max(state.closed_at, left_at(state) or state.closed_at)


# A case that goes on in another one has its referrals there; a word said here would be lost.
MERGED = "merged"
# What somebody asks the Coordination Centre is no stay in hospital.
ENQUIRY = "enquiry"


def referral_rows(state: CaseState) -> dict[str, Row]:
    """The rows of what partners were asked for, by item."""
    return {item.item_id: row for item in state.items.values() if (row := _referral_row(state, item)) is not None}


def _referral_row(state: CaseState, item: Item) -> Row | None:
    partner = item.facts.get("partner")
    if item.kind is not ItemKind.REFERRAL or not isinstance(partner, str):
        return None
    here = state.merged_into is None
    return {
        "item_id": item.item_id,
        "case_id": state.case_id,
        "partner": partner,
        "status": item.status if here else MERGED,
        "added_at": item.added_at,
        "alias": alias(item.item_id),
        "hospital": state.hospital if here and state.via != ENQUIRY else None,
        "person_id": state.person or "",
        "stands": stands(item),
        "moved_at": item.moved_at,
    }


def _changed_referrals(before: CaseState, after: CaseState) -> Iterable[Row]:
    told = ("merged_into", "hospital", "person")
    otherwise = any(getattr(before, name) != getattr(after, name) for name in told)
    for name, item in after.items.items():
        if otherwise or item is not before.items.get(name):
            row = _referral_row(after, item)
            if row is not None:
                yield row


def changed_steps(before: CaseState, after: CaseState) -> Iterable[Step]:
    """The steps whose rows are out of date. `evolve` hands on what it does not touch, so most are the same object."""
    told = {notice.about for _, notice in changed_notices(before, after)}
    # While a case does not stand open nothing holds its steps up.
    otherwise = standing(before) is not standing(after)
    elsewhere = before.hospital != after.hospital
    for step_id, step in after.steps.items():
        old = before.steps.get(step_id)
        if (step is not old and step != old) or step_id in told or (otherwise and step.live) or elsewhere:
            yield step


def changed_notices(before: CaseState, after: CaseState) -> Iterable[tuple[str, Notice]]:
    """The notices whose rows are out of date, and their keys."""
    elsewhere = before.hospital != after.hospital
    for key, notice in after.notices.items():
        old = before.notices.get(key)
        if (notice is not old and notice != old) or elsewhere:
            yield key, notice


async def project(conn: AsyncConnection, before: CaseState, after: CaseState, last_event_at: datetime) -> None:
    """Bring the read model from one state of a case to a later one."""
    await conn.execute(upsert(conn, tables.cases), case_row(after, last_event_at))
    await conn.execute(upsert(conn, tables.figures), figures_row(after))
    if rows := [step_row(after, step) for step in changed_steps(before, after)]:
        await conn.execute(upsert(conn, tables.steps), rows)
    if rows := list(_changed_referrals(before, after)):
        await conn.execute(upsert(conn, tables.referrals), rows)
    if rows := [notice_row(after, key, notice) for key, notice in changed_notices(before, after)]:
        await conn.execute(upsert(conn, tables.notifications), rows)
