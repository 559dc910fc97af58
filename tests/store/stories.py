"""Cases made up for the tests of the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from hypothesis import strategies as st

from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain.clock import Times
from marshrut.domain.evolve import evolve
from marshrut.domain.moves import Actor
from marshrut.domain.state import CaseState
from marshrut.domain.words import Ending, Report, Role, Stage
from marshrut.ports import CommandKind, Intent
from tests.fixtures.cases import clock

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ANNA = Actor(user="anna", role=Role.COORDINATOR)
HOSPITAL = Actor(user="his", role=Role.INTEGRATOR)
PERSON = "person-1"

_numbers = count(1)


def fresh_id(prefix: str) -> str:
    """An id that no other test has."""
    return f"{prefix}-{next(_numbers):06}"  # in the order of their making, for batches go by it


def event(seq: int, body: e.Body, *, minutes: float = 0, command_id: str | None = None) -> e.Event:
    """An event, some minutes after noon."""
    at = NOON + timedelta(minutes=minutes)
    return e.Event(
        seq=seq, recorded_at=at, occurred_at=at, actor="anna", role=Role.COORDINATOR, command_id=command_id, body=body
    )


def opened(hospital: str = "h1", person: str = PERSON) -> e.CaseOpened:
    """The first event of a case."""
    return e.CaseOpened(
        hospital=hospital, person=person, admitted_at=NOON, emergency=True, procedure=1, catalogue="test"
    )


def times(due_at: datetime, started_at: datetime = NOON) -> Times:
    """What a clock shows that is due then and turns amber after four fifths of its time."""
    return Times(started_at=started_at, due_at=due_at, amber_at=started_at + (due_at - started_at) * 0.8)


def step_opened(step_id: str, *, due_at: datetime | None = NOON + timedelta(hours=24), **changes: Any) -> e.StepOpened:
    """A step, due after a day."""
    given: dict[str, Any] = {
        "step_id": step_id,
        "track": "contact",
        "name": "first_contact",
        "role": Role.COORDINATOR,
        "mandatory": True,
        "clock": None if due_at is None else clock(due_at),
        **changes,
    }
    return e.StepOpened(**given)


def notice(key: str, about: str | None = None, **changes: Any) -> e.PeopleTold:
    """The supervisors are told at noon."""
    given: dict[str, Any] = {"key": key, "occasion": "rung.breach", "role": Role.SUPERVISOR, "tell_at": NOON}
    return e.PeopleTold(**(given | {"about": about} | changes))


def story(bodies: Sequence[e.Body], *, every: float = 1) -> list[e.Event]:
    """Bodies as a journal, some minutes apart."""
    return [event(seq, body, minutes=every * seq) for seq, body in enumerate(bodies, start=1)]


def short_story(case_id: str, length: int = 3) -> list[e.Event]:
    """A case, opened, with steps of which the last is claimed."""
    ids = [f"{case_id}.contact.first_contact.{number}" for number in range(length - 2)]
    return story([opened(), *map(step_opened, ids), e.StepClaimed(step_id=ids[-1], assignee="anna")])


def intent(case_id: str | None = "case", *, body: c.CommandBody | None = None, **changes: Any) -> Intent:
    """A person's intent."""
    given: dict[str, Any] = {
        "id": fresh_id("command"),
        "kind": CommandKind.PERSON,
        "source": "api",
        "key": None,
        "fingerprint": "same",
        "actor": ANNA,
        "hospital": "h1",
        "case_id": case_id,
        "body": c.Claim(step_id="step") if body is None else body,
        **changes,
    }
    return Intent(**given)


def message(case_id: str, **changes: Any) -> Intent:
    """A hospital message about a case."""
    body = c.ReportFact(report=Report.MOVED, ward="w1")
    return intent(case_id, body=body, kind=CommandKind.MESSAGE, source="mllp", actor=HOSPITAL, **changes)


def admit(hospital: str = "h1", person: str = PERSON) -> c.Admit:
    """An admission."""
    return c.Admit(hospital=hospital, person=person, admitted_at=NOON, emergency=True)


_MOVES = st.tuples(st.sampled_from(range(14)), st.integers(0, 9), st.integers(-90, 5000))


@st.composite
def histories(draw: st.DrawFn, case_id: str = "case") -> list[e.Event]:
    """Any journal that a case could have: random moves, of which those that make sense are kept."""
    state = CaseState(case_id=case_id)
    journal: list[e.Event] = []

    def tell(body: e.Body) -> None:
        nonlocal state
        journal.append(event(state.seq + 1, body, minutes=state.seq * 7))
        state = evolve(state, journal[-1])

    tell(opened(hospital=draw(st.sampled_from(["h1", "h2"]))))
    for kind, which, minutes in draw(st.lists(_MOVES, max_size=40)):
        body = _body(state, kind, which, NOON + timedelta(minutes=minutes))
        if body is not None:
            tell(body)
    return journal


def _body(state: CaseState, kind: int, which: int, at: datetime) -> e.Body | None:  # noqa: PLR0911 - one line a move
    step_id = f"{state.case_id}.contact.first_contact.{which}"
    step = state.steps.get(step_id)
    if step is None:
        if kind < 7 and not state.closed:
            return step_opened(step_id, due_at=None if kind == 0 else at, assignee="olga" if kind == 1 else None)
        return _case_body(state, kind, at)
    match kind:
        case 0 | 1:
            return e.StepClaimed(step_id=step_id, assignee="anna")
        case 2:
            return e.StepReleased(step_id=step_id)
        case 3:
            return e.StepCompleted(step_id=step_id, outcome={"result": "reached", "calls": which, "by": ("a", "b")})
        case 4:
            block = f"b{state.seq}"
            pauses = bool(state.seq % 2)
            return e.StepBlocked(step_id=step_id, block_id=block, reason="r", responsible="p", since=at, pauses=pauses)
        case 5 if step.blocks:
            return e.StepUnblocked(step_id=step_id, block_id=step.blocks[0].block_id)
        case 6:
            return e.StepExtended(step_id=step_id, times=times(at), reason="r") if step.clock else None
        case 7:
            return e.StepCancelled(step_id=step_id, reason="r")
        case _:
            return _case_body(state, kind, at)


def _case_body(state: CaseState, kind: int, at: datetime) -> e.Body | None:  # noqa: PLR0911 - the same
    match kind:
        case 7:
            return e.Decided(key=f"k{state.seq}", value="v")
        case 8:
            return e.Reported(report=Report.PAUSED if state.paused_since is None else Report.RESUMED)
        case 9:
            return e.Reported(report=Report.MOVED, ward="w2", bed="b3")
        case 10:
            return e.InstantSet(key=f"i{state.seq}", wait="followup.call", at=at)
        case 11:
            return notice(f"n{state.seq}", tell_at=at)
        case 12 if waiting := [key for key, left in state.notices.items() if left.acknowledged_by is None]:
            return e.NoticeAcknowledged(key=waiting[0])
        case 12:
            return e.TrackStarted(track="contact", stage=Stage.FIRST_CONTACT)
        case 13 if not state.closed and state.seq > 8:
            return e.CaseClosed(ending=Ending.DIED)
        case _:
            return None
