"""A crisis: nobody is left alone until they are safe or a psychiatrist has taken over, by day and by night."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Literal

from marshrut.domain.base import Private, stamp
from marshrut.domain.case import Case
from marshrut.domain.crisis import Observe, alarmed_at, flagged
from marshrut.domain.ids import MAIN
from marshrut.domain.outcomes import Outcome
from marshrut.domain.slice import PSYCHOLOGISTS
from marshrut.domain.state import CaseState, StepState
from marshrut.domain.words import Role, Stage
from workflows.answers import answers, steps
from workflows.stay import while_here


class CrisisProtocol(Outcome, track="psychology", step="crisis_protocol"):
    """Whether the patient is safe, and how closely they are to be observed."""

    result: Literal["safe", "psychiatrist", "transferred"]
    observe: Observe | None = None
    note: Private[str] | None = None


class CrisisHandoff(Outcome, track="psychology", step="crisis_handoff"):
    """Whether the emergency line 051 speaks to the patient now, and whether they have its card."""

    result: Literal["reached", "no_answer", "ambulance"]
    card: Literal["given", "not_given"] | None = None
    note: Private[str] | None = None


class PsychiatristCall(Outcome, track="psychology", step="psychiatrist_call"):
    """What the psychiatrist did; whether the patient is `safe`, and whether they may `leave` the hospital."""

    result: Literal["seen", "hospitalised"]
    safe: Literal["yes", "no"] | None = None
    leave: Literal["allowed", "not_allowed"] | None = None
    note: Private[str] | None = None


class Crisis:
    """At once, beside everything, as often as there is one. Ends with `safe`, `transferred` or `open`."""

    name: ClassVar[str] = "crisis"
    stage: ClassVar[Stage] = Stage.FIRST_CONTACT
    steps: ClassVar[tuple[type[Outcome], ...]] = (CrisisProtocol, CrisisHandoff, PsychiatristCall)

    async def run(self, case: Case) -> str:
        """Stay with the patient until it is safe or a psychiatrist has taken over; who leaves so is told of at once."""
        before = await case.decide("before", lambda state: str(_said(state)))
        if not await while_here(case, self._secure):
            await case.inform("left_in_crisis", Role.SUPERVISOR, urgent=True)
        return await case.decide("safe", partial(came_of, int(before)))

    async def _secure(self, case: Case) -> None:
        """The psychologists, as long as they are there; else whoever is on duty."""
        look = MAIN
        while True:
            if await case.is_there(f"there.{look}", PSYCHOLOGISTS):
                secured = await _by_day(case, look)
            else:
                secured = await _on_duty(case, look)
            if secured:
                return
            look = f"{look}.seen"


async def kept_safe(case: Case, ended: str) -> None:
    """Whoever is in crisis, when they come or later, is not left alone, whatever else becomes of the case.

    `ended`: the race that help wins in the end; a crisis of which nobody has told by then is none of ours.
    """
    again, known = "", "unflagged."
    while await case.decide(f"crisis.{again or MAIN}", partial(_alarm, ended, known)) == "yes":
        await case.track(Crisis(), again=again)
        known = await case.decide(f"known.{again or MAIN}", _known)
        again = f"{again}.again" if again else "again"


# ---- by day ----


async def _by_day(case: Case, look: str) -> bool:
    """The psychologist's protocol. If nobody takes it in time, those on duty begin beside it; whether it is over."""
    ended = await case.first(f"secured.{look}", protocol=partial(_protocol, look), duty=partial(_unclaimed, look))
    if ended == "duty":
        return await _over(case, look)
    said = await case.decide(f"protocol.{look}", _said_last)
    if said in {"safe", "left_out"}:
        return True
    await case.inform(f"crisis.{look}", Role.SUPERVISOR, urgent=True)
    if said == "transferred":
        return True
    call = await case.step(PsychiatristCall, key=look)
    return call is not None and (call.result == "hospitalised" or call.safe == "yes")


async def _protocol(look: str, case: Case) -> None:
    await case.step(CrisisProtocol, key=look)


async def _unclaimed(look: str, case: Case) -> None:
    await case.until(f"unclaimed.{look}", "psychology.crisis_claimed")
    await case.decide(f"nobody_has_it.{look}", _nobody_has_it)
    await _handed_on(case, look)


# ---- by night, or where no psychologist comes ----


async def _on_duty(case: Case, look: str) -> bool:
    """The doctor or coordinator on duty, with the emergency line and the psychiatrist; whether it is over."""
    await _handed_on(case, look)
    return await _over(case, look)


async def _handed_on(case: Case, look: str) -> None:
    """The shift is told; the line and the psychiatrist are called side by side, until one of them has taken over."""
    await case.inform(f"crisis_shift.{look}", Role.DOCTOR, urgent=True)
    await case.inform(f"crisis_shift.{look}.coordinators", Role.COORDINATOR, urgent=True)
    await case.inform(f"crisis.{look}.night", Role.SUPERVISOR, urgent=True)
    before = await case.decide(f"before.{look}", lambda state: str(_takings(state)))
    await case.first(f"duty.{look}", taken=partial(_taken, int(before)), called=partial(_called, look))


async def _over(case: Case, look: str) -> bool:
    """Whether those on duty ended the crisis; if not, the patient is looked at again soon."""
    if await case.decide(f"duty_said.{look}", _duty_said) == "over":
        return True
    await case.until(f"again.{look}", "psychology.crisis_again")
    return False


async def _called(look: str, case: Case) -> None:
    await case.all(_line(case, look), case.step(PsychiatristCall, key=f"{look}.duty"))


async def _line(case: Case, look: str) -> None:
    call = look
    while (said := await case.step(CrisisHandoff, key=call)) is not None and said.result == "no_answer":
        await case.inform(f"line_silent.{call}", Role.SUPERVISOR, urgent=True)
        call = stamp(await case.until(f"line.{call}", "psychology.line_again"))


async def _taken(before: int, case: Case) -> None:
    await case.decide("taken", lambda state: "taken" if _takings(state) > before else None)


# ---- what they ask the state ----


def came_of(before: int, state: CaseState) -> str:
    """What came of it, by what was said since; `before`: how much had been said until then."""
    said = [step for step in steps(state, *Crisis.steps) if step.outcome is not None][before:]
    outcomes = [step.outcome or {} for step in said]
    if any(outcome["result"] in TAKEN for outcome in outcomes):
        return "transferred"
    return "safe" if outcomes and (outcomes[-1]["result"] == "safe" or outcomes[-1].get("safe") == "yes") else "open"


TAKEN = frozenset({"transferred", "hospitalised", "ambulance"})


def _said(state: CaseState) -> int:
    return sum(len(answers(state, outcome)) for outcome in Crisis.steps)


def _takings(state: CaseState) -> int:
    """How often somebody else has taken the patient over."""
    called = sum(said.result == "hospitalised" for said in answers(state, PsychiatristCall))
    return called + sum(said.result == "ambulance" for said in answers(state, CrisisHandoff))


def _said_last(state: CaseState) -> str:
    protocol = steps(state, CrisisProtocol)[-1]
    return "left_out" if protocol.outcome is None else str(protocol.outcome["result"])


def _nobody_has_it(state: CaseState) -> str | None:
    protocol = steps(state, CrisisProtocol)[-1]
    return "nobody" if protocol.state is StepState.OPEN else None


def _duty_said(state: CaseState) -> str:
    """By what the last calls brought; one that was left out brought nothing."""
    last = [each[-1].outcome or {} for outcome in Crisis.steps[1:] if (each := steps(state, outcome))]
    over = any(said.get("result") in TAKEN or said.get("safe") == "yes" for said in last)
    return "over" if over else "again"


def _known(state: CaseState) -> str:
    """What was known when a crisis was over: whatever is told later is another one."""
    return f"{'flagged' if flagged(state) else 'unflagged'}.{alarmed_at(state)}"


def _alarm(ended: str, known: str, state: CaseState) -> str | None:
    """`yes`: by the flag, or by what an instrument, a talk or a referral told since; `no` once help has ended."""
    before, at = known.split(".", 1)
    if (before == "unflagged" and flagged(state)) or alarmed_at(state) > at:
        return "yes"
    return "no" if ended in state.races else None
