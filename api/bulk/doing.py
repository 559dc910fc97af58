"""The same action on many steps: shown first by the journey's own rules, then done one by one through the write path.

A dry run asks `decide`, as the journey does, over the case as the read model has it: it changes nothing, and says of
each step what would happen or why it would not. A run gives each step a command of its own, under a key of its own, so
that it happens once however often it is asked for; and it says `done` only of what the read model already shows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from api.bulk.bodies import Bulking
from api.bulk.views import BulkItem, ToldView, pending, refused, stands
from api.confidential import opened
from api.giving import check_giving
from api.parts import ApiParts
from api.pressing import reminder
from api.problems import Problem
from api.views.case import refs, row_of, title_of
from api.views.titles import Title
from api.writing import NotYetKnown, submit
from marshrut.dispatch.write_path import Verdict
from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain.clock import WORKING, Term
from marshrut.domain.decide import after, decide
from marshrut.domain.moves import Action, can
from marshrut.domain.refusal import Refused
from marshrut.domain.slice import Slice
from marshrut.domain.state import CaseState, Step
from marshrut.ports import Caller, KeyReused, StepRow, Unavailable
from workflows.registry import OUTCOMES

# So many cases are told at once: more would only wait for each other in SQL and Temporal, and others for them.
AT_ONCE = 8
# The name of a command that is only thought of.
SUPPOSED = "dry-run"


@dataclass(frozen=True, slots=True)
class Seen:
    """A step in the caller's scope, in its case as SQL has it."""

    case: CaseState
    step: Step
    title: Title
    rules: Slice | None

    @property
    def row(self) -> StepRow:
        """As the read model has it."""
        return row_of(self.case, self.step)


class Bulk:
    """One action of one caller. `key`: what the caller calls this call, for repeating it safely."""

    def __init__(self, given: Bulking, caller: Caller, parts: ApiParts, key: str | None) -> None:
        self._given = given
        self._caller = caller
        self._parts = parts
        self._key = key

    async def shown(self, steps: Sequence[str]) -> list[BulkItem]:
        """What would happen to each, in the order given.

        Raises:
            Unavailable: SQL does not answer.
        """
        return [await self._would(step_id, await self._seen(step_id)) for step_id in dict.fromkeys(steps)]

    async def done(self, steps: Sequence[str]) -> list[BulkItem]:
        """What has happened to each: some cases at once, the steps of one case one after the other.

        Raises:
            Unavailable: SQL did not answer before anything happened.
        """
        seen = {step_id: await self._seen(step_id) for step_id in dict.fromkeys(steps)}
        groups: dict[str, list[str]] = {}
        for step_id, known in seen.items():
            groups.setdefault(step_id if known is None else known.case.case_id, []).append(step_id)
        free = asyncio.Semaphore(AT_ONCE)

        async def one_case(step_ids: Collection[str]) -> list[BulkItem]:
            async with free:
                return [await self._does(step_id, seen[step_id]) for step_id in step_ids]

        found = [item for items in await asyncio.gather(*map(one_case, groups.values())) for item in items]
        by_step = {item.step_id: item for item in found}
        return [by_step[step_id] for step_id in seen]

    async def _seen(self, step_id: str) -> Seen | None:
        """The step, if there is one that the caller may know of."""
        row = await self._parts.queries.step(step_id)
        case = None if row is None else await self._parts.queries.case(row.case_id)
        if row is None or case is None or not self._caller.knows(case) or step_id not in case.steps:
            return None
        private = await opened(self._parts, self._caller, refs([row]))
        rules = await self._parts.catalogues.slice_of(case.catalogue, row.hospital, case.variants)
        return Seen(case, case.steps[step_id], await title_of(row, self._parts, private), rules)

    def _body(self, seen: Seen) -> c.StepCommand:
        given, step_id = self._given, seen.step.step_id
        match given.action:
            case "assign":
                return c.Assign(step_id=step_id, assignee=given.assignee or "")
            case "extend":
                return c.Extend(
                    step_id=step_id, due_at=given.due_at, by=self._by, reason=given.reason or "agreed", ordinary=True
                )
            case "remind":
                return reminder(step_id, seen.case.hospital or "", self._parts)
            case "escalate":
                return c.Escalate(step_id=step_id, reason=given.reason or "does_not_move")

    @property
    def _by(self) -> Term | None:
        return None if self._given.by is None else self._given.by.term

    async def _check(self, seen: Seen) -> None:
        """Whatever only the roster knows; the rest the journey says.

        Raises:
            Problem: nobody may give the step to this person now.
            Unavailable: SQL does not answer.
        """
        if self._given.assignee is None:
            return
        if Action.ASSIGN in can(seen.step, self._caller.actor, closed=seen.case.closed):
            await check_giving(
                self._parts, self._given.assignee, seen.case.hospital or "", seen.step.role, field="assignee"
            )

    # ---- shown ----

    async def _would(self, step_id: str, seen: Seen | None) -> BulkItem:
        item, now = self._known(step_id, seen), self._parts.now()
        if seen is None or seen.rules is None:
            return refused(item, "step_not_found" if seen is None else "catalogue_not_found", {})
        try:
            await self._check(seen)
            asked = c.Command(id=SUPPOSED, actor=self._caller.actor, body=self._body(seen))
            bodies = decide(seen.case, asked, now, seen.rules, OUTCOMES)
        except (Refused, Problem) as fault:
            return refused(item, fault.code, fault.details)
        case = after(seen.case, bodies, asked, now)
        step = case.steps[step_id]
        shown = {
            "after": stands(case, step, seen.rules, now),
            "told": _told(bodies),
            "skipped": _skipped(seen, step, self._by),
        }
        return item.model_copy(update=shown)

    def _known(self, step_id: str, seen: Seen | None) -> BulkItem:
        """What is said of a step whatever becomes of it."""
        if seen is None:
            return BulkItem(step_id=step_id, state="possible")
        return BulkItem(
            step_id=step_id,
            case_id=seen.case.case_id,
            hospital=seen.case.hospital,
            title=seen.title,
            state="possible",
            before=stands(seen.case, seen.step, seen.rules, self._parts.now()),
        )

    # ---- done ----

    async def _does(self, step_id: str, seen: Seen | None) -> BulkItem:
        item = self._known(step_id, seen)
        if seen is None:
            return refused(item, "step_not_found", {})
        try:
            await self._check(seen)
            verdict = await self._submit(seen)
        except Problem as fault:
            return refused(item, fault.code, fault.details)
        except KeyReused:
            return refused(item, "idempotency_key_reused", {})
        except Unavailable as fault:
            return refused(item, "unavailable", {"part": fault.part})
        except NotYetKnown as stored:
            return pending(item, stored.command_id)
        return await self._read_back(item, verdict, seen)

    async def _submit(self, seen: Seen) -> Verdict:
        return await submit(
            self._parts,
            self._caller,
            case_id=seen.case.case_id,
            hospital=seen.case.hospital or "",
            body=self._body(seen),
            key=None if self._key is None else f"bulk/{self._key}/{seen.step.step_id}",
            private={"note": self._given.note} if self._given.note else None,
        )

    async def _read_back(self, item: BulkItem, verdict: Verdict, seen: Seen) -> BulkItem:
        """Done, with the step as the read model has it by now; pending while that does not show what was done."""
        case = None
        with suppress(Unavailable):
            case = await self._parts.queries.case(seen.case.case_id)
        last = max((event.seq for event in verdict.events), default=0)
        if case is None or case.seq < last or (step := case.steps.get(item.step_id)) is None:
            return pending(item, verdict.command_id)
        shown = {
            "state": "done",
            "after": stands(case, step, seen.rules, self._parts.now()),
            "told": _told([event.body for event in verdict.events]),
            "command_id": verdict.command_id,
        }
        return item.model_copy(update=shown)


def _told(bodies: Collection[e.Body]) -> list[ToldView]:
    return [
        ToldView(role=body.role, user=body.user, at=body.tell_at) for body in bodies if isinstance(body, e.PeopleTold)
    ]


def _skipped(seen: Seen, then: Step, by: Term | None) -> list[date]:
    """The days between the two due times on which nothing counts."""
    clock, was, will = seen.step.clock, seen.step.due_at, then.due_at
    if by is None or by.unit not in WORKING or clock is None or was is None or will is None or seen.rules is None:
        return []
    schedule = seen.rules.basis(seen.case, clock.timetable).schedule(by)
    first, last = (schedule.timetable.local_date(at) for at in (was, will))
    found = []
    for day in schedule.days(first):
        if day.date >= last:
            break
        if day.span is None and day.date > first:
            found.append(day.date)
    return found
