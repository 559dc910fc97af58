"""Hospital systems send late, twice and out of order: the case comes to stand where the true sequence leads."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from marshrut.domain import commands as c
from marshrut.domain.state import CaseState
from marshrut.domain.words import Report
from tests.fixtures.cases import HIS, NOON, OLGA, admission, started
from workflows.simulation import Simulation

USUALLY = 300
MINUTE = timedelta(minutes=1)
# Long after all of it happened, so that every message tells of something past.
TOLD_AT = NOON + timedelta(hours=3)


class Message(NamedTuple):
    """What was so, and when; `ward` of a move."""

    what: Report | None  # None: the admission
    at: datetime
    ward: str | None = None

    def command(self, name: str) -> c.Command:
        """As the intake hands it to the journey."""
        body: c.CommandBody = (
            admission(admitted_at=NOON, ward=self.ward)
            if self.what is None
            else c.ReportFact(report=self.what, ward=self.ward)
        )
        return c.Command(id=name, actor=HIS, occurred_at=self.at, body=body)


@st.composite
def truths(draw: st.DrawFn) -> list[Message]:
    """What a hospital did with a visit, in the order in which it did so."""
    told, here, admitted = [Message(None, NOON)], True, True
    for number in range(1, draw(st.integers(2, 9))):
        at = NOON + number * MINUTE
        if not admitted:
            told.append(Message(None, at, draw(st.sampled_from([None, "w0"]))))
            admitted = here = True
            continue
        choices: list[Report] = [Report.UPDATED]
        choices += [Report.MOVED, Report.MOVED, Report.DISCHARGED] if here else [Report.DISCHARGE_CANCELLED]
        choices += [Report.ADMISSION_CANCELLED] if here else []
        what = draw(st.sampled_from(choices))
        here = {Report.DISCHARGED: False, Report.DISCHARGE_CANCELLED: True}.get(what, here)
        admitted = what is not Report.ADMISSION_CANCELLED
        told.append(Message(what, at, f"w{number}" if what is Report.MOVED else None))
    if draw(st.booleans()) and admitted:
        told.append(Message(Report.DIED, NOON + 20 * MINUTE))
    return told


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[list[Message], list[Message]]:
    """The truth, and how it arrives: in any order, some of it twice. What comes before any admission is held."""
    truth = draw(truths())
    twice = [message for message in truth if draw(st.booleans())]
    arrived = draw(st.permutations([*truth, *twice]))
    first = next(place for place, message in enumerate(arrived) if message.what is None)
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
    assert stands(await told(arrived, contacted=contacted)) == stands(await told(truth, contacted=contacted))
