"""Hands over what people have who go away: to their deputy, else into the pool and to the senior coordinator.

Any number may run, in any process: each thing changes hands by a command whose id follows from the absence and the
thing, so it does so once, whoever says it and however often. What somebody takes during their own absence they keep.
"""

from __future__ import annotations

import structlog

from marshrut.dispatch.background import each
from marshrut.dispatch.write_path import WritePath
from marshrut.domain import commands as c
from marshrut.domain.handover import SETTLES
from marshrut.domain.ids import derive
from marshrut.domain.moves import Actor
from marshrut.domain.staffing import Absence, Colleague, deputy_of, stand_in
from marshrut.domain.words import Role
from marshrut.ports import Clock, CommandKind, Handovers, Intent, ShiftBook, Staff

log = structlog.get_logger()

AT_ONCE = 8
# Each stays in sight until it has settled: a whole shift that goes at once must not wait for one another.
MOST = 1000
ITSELF = Actor(user="marshrut", role=Role.SYSTEM)
SOURCE = "standby"


class Standby:
    """A part of the background."""

    def __init__(self, handovers: Handovers, staff: Staff, shifts: ShiftBook, path: WritePath, *, now: Clock) -> None:
        self._handovers = handovers
        self._staff = staff
        self._shifts = shifts
        self._path = path
        self._now = now

    async def round(self) -> None:
        """Hand over what those have whose absence has begun; at the end of a shift they are many."""
        begun = await self._handovers.begun(self._now(), MOST)
        await each(
            "standby", begun, self._hand_over, called=lambda absence: absence.id, kind="absence", at_once=AT_ONCE
        )

    async def _hand_over(self, absence: Absence) -> None:
        """Hand over all that there is; finished only once every command is stored.

        Raises:
            Unavailable, Uncertain: it is not; the next round says the same again.
        """
        now = self._now()
        # Whoever acknowledged their shift gets what was in it; what nobody acknowledged goes the way of all else here.
        await self._shifts.lapse(absence.user, now)
        changing = await self._shifts.changing(absence.user)
        held = await self._handovers.held(absence.user)
        steps = [step for step in held[0] if step.step_id not in changing]
        cases = [case for case in held[1] if case.case_id not in changing]
        roster = await self._staff.people(now, users=[absence.user])
        known = roster.get(absence.user)

        def stands_in(hospital: str, step: Role | None) -> Colleague | None:
            if known is None:  # of whom the roster does not know there is this absence only
                return stand_in(absence, roster, hospital, step, now)
            return deputy_of(known, roster, hospital, step, now)

        reason, user = f"absence/{absence.id}", absence.user
        for step in steps:
            deputy = stands_in(step.hospital, step.role)
            body: c.CommandBody = (
                c.Release(step_id=step.step_id, reason=reason, held_by=user)
                if deputy is None
                else c.Assign(step_id=step.step_id, assignee=deputy.user, reason=reason, held_by=user)
            )
            await self._submit(absence, step.step_id, step.case_id, step.hospital, body)
        for case in cases:
            deputy = stands_in(case.hospital, None)
            body = c.SetOwner(owner=None if deputy is None else deputy.user, reason=reason, held_by=user)
            await self._submit(absence, case.case_id, case.case_id, case.hospital, body)
        if steps or cases:
            log.info("standby.handed_over", absence=absence.id, steps=len(steps), cases=len(cases))
        # What was given to somebody just before they went may reach SQL a little later: so long is looked again.
        if now >= max(absence.starts_at, absence.recorded_at) + SETTLES:
            seen_to = {*(step.step_id for step in steps), *(case.case_id for case in cases)}
            await self._handovers.finished(absence, seen_to, now)

    async def _submit(self, absence: Absence, about: str, case_id: str, hospital: str, body: c.CommandBody) -> None:
        name = derive(absence.id.encode(), "handover", about)
        intent = Intent(
            id=name,
            kind=CommandKind.MESSAGE,  # nobody waits for it, and it never expires
            source=SOURCE,
            key=name,
            fingerprint=name,  # to whom is decided once: what was said first holds
            actor=ITSELF,
            hospital=hospital,
            case_id=case_id,
            body=body,
        )
        await self._path.submit(intent)
