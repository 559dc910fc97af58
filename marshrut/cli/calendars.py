"""Which cases run by an older calendar, and what becomes of their clocks by the one in force."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from marshrut.cli.exits import Exit, Stop
from marshrut.composition import Composition
from marshrut.domain.calendar import Calendar
from marshrut.domain.commands import Command, ReplaceCalendar
from marshrut.domain.decide import decide
from marshrut.domain.events import Body, ClocksRecomputed
from marshrut.domain.moves import Actor
from marshrut.domain.refusal import Refused
from marshrut.domain.state import CaseState
from marshrut.domain.words import Role
from marshrut.ports import CaseFilter, CommandKind, CommandState, Intent, new_id

REPAIRER = Actor(user="catalogue_repair", role=Role.ADMIN)
PAGE = 100
# What a case may answer without anything being wrong: it closed meanwhile, or goes by the calendar already.
NOTHING_TO_DO = frozenset({"case_closed", "calendar_in_force", "unknown_calendar"})


class NotRepairedError(Exception):
    """A case could not be repaired, or not yet: the code that says why."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A step whose due time moved."""

    case_id: str
    step_id: str
    before: datetime | None
    after: datetime

    def __str__(self) -> str:
        """One line of the report."""
        before = "none" if self.before is None else self.before.isoformat()
        return f"{self.case_id} {self.step_id} {before} -> {self.after.isoformat()}"


@dataclass(frozen=True, slots=True)
class Due:
    """A case that runs by an older calendar than the catalogue's."""

    case_id: str
    calendar: Calendar


async def outdated(parts: Composition, name: str | None) -> AsyncIterator[Due]:
    """The open cases that run by another version of a calendar than the catalogue in force has.

    Raises:
        Stop: no hospital has a calendar of that name.
        Unavailable: SQL does not answer.
    """
    newest = {hospital: parts.catalogue.slice(hospital).calendars for hospital in parts.catalogue.hospitals}
    names = sorted({each for calendars in newest.values() for each in calendars})
    if name is not None and name not in names:
        raise Stop(Exit.USAGE, f"no hospital's hours go by a calendar {name}; there is {', '.join(names)}")
    async for case in open_cases(parts):
        known = await _calendars(parts, case)
        for calendar in newest.get(case.hospital or "", {}).values():
            older = known.get(calendar.name)
            if name in {None, calendar.name} and older is not None and older.version != calendar.version:
                yield Due(case.case_id, calendar)


async def foreseen(parts: Composition, due: Due) -> tuple[Moved, ...]:
    """What a repair of the case would move, by the read model; nothing is sent."""
    case = await parts.api.queries.case(due.case_id)
    rules = (
        None
        if case is None
        else await parts.api.catalogues.slice_of(case.catalogue, case.hospital or "", case.variants)
    )
    if case is None or rules is None:
        return ()
    sent = Command(id=new_id(), actor=REPAIRER, body=ReplaceCalendar(calendar=due.calendar))
    try:
        return _moved(case, decide(case, sent, parts.api.now(), rules, {}))
    except Refused as refused:
        return unless_needless(refused.code)


async def replaced(parts: Composition, due: Due) -> tuple[Moved, ...]:
    """Repair the case; the steps whose due times moved.

    Raises:
        NotRepairedError: the case refused it, or it is stored and a relay will see to it.
        Unavailable: SQL does not answer; running the command again goes on where this one stopped.
    """
    case = await parts.api.queries.case(due.case_id)
    if case is None or case.closed:
        return ()
    body = ReplaceCalendar(calendar=due.calendar)
    intent = Intent(
        id=new_id(),
        kind=CommandKind.MESSAGE,
        source="catalogue/repair",
        key=None,
        fingerprint=parts.api.fingerprint(f"{due.case_id}{body.model_dump_json()}".encode()),
        actor=REPAIRER,
        hospital=case.hospital or "",
        case_id=due.case_id,
        body=body,
    )
    verdict = await parts.write_path.submit(intent)
    if verdict.state is CommandState.PENDING:
        raise NotRepairedError("pending")
    if verdict.state is not CommandState.DONE:
        return unless_needless(verdict.code or verdict.state)
    return _moved(case, [event.body for event in verdict.events])


def unless_needless(code: str) -> tuple[Moved, ...]:
    """Nothing moved, if that is what a refusal means.

    Raises:
        NotRepairedError: it means something else.
    """
    if code in NOTHING_TO_DO:
        return ()
    raise NotRepairedError(code)


def _moved(case: CaseState, bodies: Sequence[Body]) -> tuple[Moved, ...]:
    times = {name: each for body in bodies if isinstance(body, ClocksRecomputed) for name, each in body.times.items()}
    shown = {name: step.due_at for name, step in case.steps.items()}
    return tuple(
        Moved(case.case_id, name, shown.get(name), each.due_at)
        for name, each in times.items()
        if shown.get(name) != each.due_at
    )


async def _calendars(parts: Composition, case: CaseState) -> dict[str, Calendar]:
    """The calendars by which a case runs: those it began with, as replaced since."""
    began = await parts.api.catalogues.slice_of(case.catalogue, case.hospital or "", case.variants)
    return {**({} if began is None else began.calendars), **case.calendars}


async def open_cases(parts: Composition, hospital: str | None = None) -> AsyncIterator[CaseState]:
    """The cases that have not ended, of a hospital or of all. Raises Unavailable."""
    for state in ("open", "paused"):
        which, cursor = CaseFilter(None, None, hospital=hospital, state=state), None
        while True:
            page = await parts.api.queries.cases(which, limit=PAGE, cursor=cursor)
            for case in page.items:
                yield case
            cursor = page.next
            if cursor is None:
                break
