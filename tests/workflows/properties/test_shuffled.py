"""Hospital systems send late, twice and out of order: the case comes to stand where the true sequence leads."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from marshrut.domain import commands as c
from marshrut.domain.planned import planned_day
from marshrut.domain.state import CaseState
from marshrut.domain.words import Report
from tests.fixtures.cases import HIS, NOON, OLGA, admission, started
from workflows.simulation import Simulation

USUALLY = 300
MINUTE = timedelta(minutes=1)
# Long after all of it happened, so that every message tells of something past.
TOLD_AT = NOON + timedelta(hours=3)


class Message(NamedTuple):
    """What was so, and when; `ward` of a move, `day` of a stay that lies ahead."""

    what: Report | Literal["A01", "A05", "A06", "A38"]
    at: datetime
    ward: str | None = None
    day: datetime | None = None

    @property
    def opens(self) -> bool:
        """Whether it may be the first that is heard."""
        return self.what in {"A01", "A05", "A06"}

    def command(self, name: str) -> c.Command:
        """As the intake hands it to the journey."""
        return c.Command(id=name, actor=HIS, occurred_at=self.at, body=self._body())

    def _body(self) -> c.CommandBody:
        match self.what:
            case "A01":
                return admission(admitted_at=NOON, ward=self.ward)
            case "A05":
                return admission(admitted_at=NOON, emergency=False, via="planned", planned_for=self.day)
            case "A06":
                return admission(admitted_at=NOON, ward=self.ward, inpatient=True)
            case "A38":
                return c.ReportFact(report=Report.ADMISSION_CANCELLED, planned=True)
            case _:
                return c.ReportFact(report=self.what, ward=self.ward)


@st.composite
def truths(draw: st.DrawFn) -> list[Message]:
    """What a hospital did with a visit, in the order in which it did so; A07 tells what A03 does."""
    told = draw(ahead()) or [Message("A01", NOON)]
    here = admitted = told[-1].what == "A01"
    for number in range(len(told), len(told) + draw(st.integers(0, 8))):
        at = NOON + number * MINUTE
        if not admitted:
            told.append(Message("A01", at, draw(st.sampled_from([None, "w0"]))))
            admitted = here = True
            continue
        choices: list[Report | Literal["A06"]] = [Report.UPDATED]
        choices += [Report.MOVED, Report.MOVED, Report.DISCHARGED] if here else [Report.DISCHARGE_CANCELLED, "A06"]
        choices += [Report.ADMISSION_CANCELLED, "A06"] if here else []
        what = draw(st.sampled_from(choices))
        here = {Report.DISCHARGED: False, Report.DISCHARGE_CANCELLED: True, "A06": True}.get(what, here)
        admitted = what is not Report.ADMISSION_CANCELLED
        told.append(Message(what, at, f"w{number}" if what in {Report.MOVED, "A06"} else None))
    if draw(st.booleans()) and admitted:
        told.append(Message(Report.DIED, NOON + 20 * MINUTE))
    return told


@st.composite
def ahead(draw: st.DrawFn) -> list[Message]:
    """What a hospital says of a stay that lies ahead: for which day, that it is moved, or called off; perhaps nothing.

    It ends with the patient's coming, or before.
    """
    told: list[Message] = []
    for number in range(draw(st.integers(0, 4))):
        on = bool(told) and told[-1].what == "A05"
        what: Literal["A05", "A38"] = draw(st.sampled_from(["A05", "A38"])) if on else "A05"
        day = NOON + draw(st.integers(10, 20)) * timedelta(days=1)
        told.append(Message(what, NOON + number * MINUTE, day=day if what == "A05" else None))
    if draw(st.booleans()) and told:
        told.append(Message("A01", NOON + len(told) * MINUTE))
    return told


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[list[Message], list[Message]]:
    """The truth, and how it arrives: in any order, some of it twice. What comes before any admission is held."""
    truth = draw(truths())
    twice = [message for message in truth if draw(st.booleans())]
    arrived = draw(st.permutations([*truth, *twice]))
    first = next(place for place, message in enumerate(arrived) if message.opens)
    return truth, [arrived[first], *arrived[:first], *arrived[first + 1 :]]


async def told(messages: list[Message], *, contacted: bool) -> CaseState:
    """The case that was told all that, a little time apart; `contacted`: then somebody had spoken to the patient."""
    async with Simulation(started(), TOLD_AT) as case:
        for number, message in enumerate(messages):
            await case.send(message.command(f"m{number}"))
            if number == 0 and contacted:
                (step,) = (step for step in case.state.live_steps if step.name == "first_contact")
                done = c.Complete(step_id=step.step_id, outcome={"result": "contacted"})
                await case.send(c.Command(id="done", actor=OLGA, body=done))
            await case.advance(timedelta(seconds=1))
        return case.state


def stands(state: CaseState) -> dict[str, Any]:
    """How a case stands for whoever looks at it."""
    return {
        "place": (state.ward, state.bed),
        "day": planned_day(state) if state.awaited else None,
        "reports": dict(state.reports),
        "ending": state.ending,
        "stage": state.stage,
        "to do": Counter(f"{step.track}.{step.name}" for step in state.live_steps),
        "items": Counter((item.kind, item.name, item.status) for item in state.items.values()),
    }


@given(arrivals(), st.booleans())
@settings(deadline=None, max_examples=max(USUALLY, settings().max_examples))
async def test_any_order_of_arrival_ends_in_the_same_case(
    visit: tuple[list[Message], list[Message]], contacted: bool
) -> None:
    """However a visit's events are shuffled, delayed and repeated, the case stands as if they had come in order."""
    truth, arrived = visit
    # Of a stay that lies ahead nobody is spoken to in a ward.
    contacted = contacted and all(message.what != "A05" for message in truth)
    assert stands(await told(arrived, contacted=contacted)) == stands(await told(truth, contacted=contacted))
