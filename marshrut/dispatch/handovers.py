"""Hands over shifts: tells whoever has to know, has things change hands once somebody acknowledged, reads each back.

Any number may run, in any process, and whoever answers a handover carries it through at once: each thing changes hands
by a command whose id follows from the handover and the thing, so it does so once. What a killed process left half done
the next round finishes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

import structlog

from marshrut.dispatch.background import each
from marshrut.dispatch.write_path import Verdict, WritePath
from marshrut.domain import commands as c
from marshrut.domain.handover import Found, Handover, HandoverState, Item, ItemState, Said, Thing, Tidings, became
from marshrut.domain.ids import derive
from marshrut.domain.moves import Actor
from marshrut.domain.words import Role
from marshrut.ports import (
    Clock,
    CommandKind,
    CommandState,
    Handovers,
    Intent,
    Queries,
    ShiftBook,
    Staff,
    Unavailable,
    Uncertain,
)

log = structlog.get_logger()

AT_ONCE = 8
ITSELF = Actor(user="marshrut", role=Role.SYSTEM)
SOURCE = "shift"
_SAID = {
    CommandState.DONE: Said.DONE,
    CommandState.PENDING: Said.PENDING,
    CommandState.REJECTED: Said.REFUSED,
    CommandState.EXPIRED: Said.REFUSED,
    CommandState.PARKED: Said.REFUSED,
    CommandState.DISCARDED: Said.REFUSED,
}


class ShiftChange:
    """A part of the background, and whoever answers a handover carries it through by it."""

    def __init__(  # noqa: PLR0913 - the wiring of a composition root
        self, shifts: ShiftBook, absences: Handovers, staff: Staff, queries: Queries, path: WritePath, *, now: Clock
    ) -> None:
        self._shifts = shifts
        self._absences = absences
        self._staff = staff
        self._queries = queries
        self._path = path
        self._now = now

    async def round(self) -> None:
        """See to every handover that waits or is not finished."""
        last = None
        while found := await self._shifts.unfinished(AT_ONCE, last):
            await each(
                "shifts", found, self.see_to, called=lambda handover: handover.id, kind="handover", at_once=AT_ONCE
            )
            last = found[-1]

    async def see_to(self, handover: Handover) -> None:
        """Carry a handover as far as it goes now.

        Raises:
            Unavailable, Uncertain: SQL does not answer; the next round goes on.
        """
        match handover.state:
            case HandoverState.OFFERED:
                await self._wait(handover)
            case HandoverState.ACKNOWLEDGED | HandoverState.DECLINED:
                await self._carry(handover)
            case _:
                await self._look(handover)

    async def _wait(self, handover: Handover) -> None:
        """Tell whom it is for and, when nobody acknowledges it in time, the senior coordinator and then the head."""
        now = self._now()
        team = handover.role, handover.receiver
        for tidings, told_at, due_at, (role, user) in (
            (Tidings.OFFERED, handover.told_at, handover.recorded_at, team),
            (Tidings.WAITS, handover.senior_told_at, handover.senior_at, (Role.SUPERVISOR, None)),
            (Tidings.WAITS_LONG, handover.head_told_at, handover.head_at, (Role.HEAD, None)),
        ):
            if told_at is None and now >= due_at and await self._told(handover, tidings, role, user):
                await self._shifts.tell(handover.id, tidings, now)

    async def _carry(self, handover: Handover) -> None:
        """Have each thing change hands, or go back; then say what was not taken, and that it is finished."""
        there = await self._there(handover.giver)
        held = [item for item in await self._shifts.items(handover.id) if item.state is ItemState.HELD]
        for some in range(0, len(held), AT_ONCE):
            await asyncio.gather(*(self._change(handover, item, there=there) for item in held[some : some + AT_ONCE]))
        items = await self._shifts.items(handover.id)
        if any(item.state is ItemState.HELD for item in items):
            return
        left = [item for item in items if item.state is ItemState.NOT_TAKEN]
        if left and await self._left(handover, left) is False:
            return
        await self._shifts.finish(handover.id, self._now())
        log.info("shifts.handed_over", handover=handover.id, items=len(items), not_taken=len(left))

    async def _change(self, handover: Handover, item: Item, *, there: bool) -> None:
        """See to one thing; what cannot be seen to now waits, and stops no other."""
        try:
            await self._see_to_item(handover, item, there=there)
        except (Unavailable, Uncertain):
            raise
        except Exception as fault:  # noqa: BLE001 - one thing that cannot be carried must not stop the others
            log.warning("shifts.failed", handover=handover.id, item=item.item_id, error=type(fault).__name__)

    async def _see_to_item(self, handover: Handover, item: Item, *, there: bool) -> None:
        refused = item.reason is not None or handover.state is HandoverState.DECLINED
        to = None if refused else handover.answered_by
        if to is None and there:  # it stays where it is
            found = await self._found(item)
            stays = found is not None and found.holder == handover.giver
            said = Said.DONE if stays else Said.NOTHING
        else:
            verdict = await self._submit(handover, item.case_id, _hand(handover, item, to), item.item_id)
            said, found = _SAID[verdict.state], await self._found(item)
        now = self._now()
        if (state := became(handover, item, found, said, now)) is not None:
            holder = None if found is None or not found.live else found.holder
            await self._shifts.settle(handover.id, item, state, holder, now)

    async def _look(self, handover: Handover) -> None:
        """Nobody took it: it is only said where each thing is, once the absence, if there is one, has been seen to."""
        now = self._now()
        if handover.state is HandoverState.LAPSED and await self._absences.leaving(handover.giver, now):
            return
        for item in await self._shifts.items(handover.id):
            if item.state is ItemState.HELD:
                found = await self._found(item)
                state = became(handover, item, found, Said.NOTHING, now) or ItemState.KEPT
                holder = None if found is None or not found.live else found.holder
                await self._shifts.settle(handover.id, item, state, holder, now)
        await self._shifts.finish(handover.id, now)

    async def _there(self, user: str) -> bool:
        """Whether somebody is on shift; whom the roster does not know is taken to be."""
        known = (await self._staff.people(self._now(), users=[user])).get(user)
        return known is None or known.present(self._now())

    async def _found(self, item: Item) -> Found | None:
        """How a thing stands in SQL."""
        if item.thing is Thing.STEP:
            row = await self._queries.step(item.item_id)
            return None if row is None else Found(row.step.live and not row.closed, row.step.assignee, row.hospital)
        case = await self._queries.case(item.case_id)
        return None if case is None else Found(not case.closed, case.owner, case.hospital or "")

    async def _left(self, handover: Handover, left: Sequence[Item]) -> bool | None:
        """Say what was not taken: to the giver who has it again, else to the senior coordinator."""
        told: bool | None = None
        back = [item for item in left if item.holder == handover.giver]
        if back:
            declined = handover.state is HandoverState.DECLINED
            tidings = Tidings.DECLINED if declined else Tidings.NOT_TAKEN
            told = await self._told(handover, tidings, handover.role, handover.giver)
        if len(back) < len(left) and told is not False:
            told = await self._told(handover, Tidings.TO_POOL, Role.SUPERVISOR, None)
        return told

    async def _told(self, handover: Handover, tidings: Tidings, role: Role, user: str | None) -> bool | None:
        """Have them told in one of its cases, the first that still takes it.

        Whether they were (False: that is not known yet; None: none of its cases is open any more).
        """
        items = list(await self._shifts.items(handover.id))
        if handover.open:  # what was in it may be over, and the giver have other things
            items += await self._shifts.preview(handover.giver, handover.hospital)
        for case_id in dict.fromkeys(item.case_id for item in items):
            key = f"{handover.because}/{tidings}"
            body = c.Tell(key=key, occasion=tidings, role=role, user=user, urgent=handover.urgent)
            verdict = await self._submit(handover, case_id, body, f"{tidings}/{case_id}")
            if verdict.state is CommandState.PENDING:
                return False
            if verdict.state is CommandState.DONE or verdict.code == "nothing_changes":
                return True
        return None

    async def _submit(self, handover: Handover, case_id: str, body: c.CommandBody, about: str) -> Verdict:
        name = derive(handover.id.encode(), "shift", about)
        intent = Intent(
            id=name,
            kind=CommandKind.MESSAGE,  # nobody waits for it, and it never expires
            source=SOURCE,
            key=name,
            fingerprint=name,  # what was said first holds
            actor=ITSELF,
            hospital=handover.hospital,
            case_id=case_id,
            body=body,
        )
        return await self._path.submit(intent)

    def now(self) -> datetime:
        """The time, as this installation tells it."""
        return self._now()


def _hand(handover: Handover, item: Item, to: str | None) -> c.CommandBody:
    """Have it change hands, if the giver still has it; to nobody: to the pool."""
    reason, giver = handover.because, handover.giver
    if item.thing is Thing.CASE:
        return c.SetOwner(owner=to, reason=reason, held_by=giver)
    if to is None:
        return c.Release(step_id=item.item_id, reason=reason, held_by=giver)
    return c.Assign(step_id=item.item_id, assignee=to, reason=reason, held_by=giver)
