"""What a partner has accepted, until it is done: who the consultant is, whether it began, what came of it."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from marshrut.domain.base import Code, Private, stamp
from marshrut.domain.case import Case
from marshrut.domain.ids import MAIN, short
from marshrut.domain.items import DELIVERED
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.words import Report, Role
from workflows.answers import steps
from workflows.partners import RUNNING, attended, missed_twice, no_longer, status
from workflows.stay import for_good

ASKED_AGAIN = "services.asked_again"


class ConsultantName(Outcome, track="services", step="consultant_name"):
    """Who the one consultant is that the person will have in hospital and at home."""

    result: Literal["named", "not_named"]
    consultant: Private[str] | None = None
    phone: Private[str] | None = None


class ReferralStart(Outcome, track="services", step="referral_start"):
    """Whether the service that a partner has promised began."""

    result: Literal["started", "waiting", "failed"]
    reason: Code | None = None
    note: Private[str] | None = None


class ReferralResult(Outcome, track="services", step="referral_result"):
    """What came of the service, or that it goes on; `units` were delivered."""

    result: Literal["done", "goes_on", "failed"]
    units: Annotated[int, Field(ge=0, le=10_000, strict=True)] | None = None
    reason: Code | None = None
    note: Private[str] | None = None


class ConsultantCall(Outcome, track="services", step="consultant_call"):
    """Whether the consultant was told that the person is at home and will be asked after through them."""

    result: Literal["reached", "unreached"]
    note: Private[str] | None = None


class CourseEnd(Outcome, track="services", step="course_end"):
    """Whether there is a certificate, and how heavy caring is for who has learnt it."""

    result: Literal["certified", "not_certified"]
    strain: Literal["none", "some", "heavy"] | None = None
    note: Private[str] | None = None


STEPS: tuple[type[Outcome], ...] = (ConsultantName, ReferralStart, ReferralResult, ConsultantCall, CourseEnd)


class Delivery(NamedTuple):
    """An accepted referral, by its id, and what the catalogue says of its programme; `asking`: of which round."""

    item: str
    asking: str
    units: int | None
    one_consultant: bool

    async def done(self, case: Case) -> bool:
        """Follow it until it is over; whether it was delivered."""
        # Who moves the item by hand has the first word: what was asked meanwhile is withdrawn.
        await case.first(f"runs.{self.asking}", over=self._over, w=self._works)
        came = await case.decide(f"came.{self.asking}", partial(status, self.item))
        if came == "failed":
            await case.inform(f"referral_failed.{self.asking}", Role.SUPERVISOR)
        if came in DELIVERED and self.units is not None:
            await self._course_ends(case)
        return came in DELIVERED

    async def _over(self, case: Case) -> None:
        await case.decide("over", no_longer(self.item, *RUNNING))

    async def _works(self, case: Case) -> None:
        beside = [self._named(case), self._told_of_home(case)] if self.one_consultant else []
        lessons = [] if self.units is None else [self._lessons(case, self.units), self._missed(case)]
        await case.all(self._goes_on(case), *beside, *lessons)
        await for_good(case)

    async def _goes_on(self, case: Case) -> None:
        await case.first("start", heard=self._begun, s=self._starts)
        asked = MAIN
        while True:
            asked = stamp(await case.until(f"progress.{asked}", "services.progress"))
            said = await case.step(ReferralResult, key=f"{self.asking}.{asked}")
            if said is not None and said.result != "goes_on":
                await case.move(self.item, said.result, on=asked, units=said.units, reason=said.reason)
                return

    async def _begun(self, case: Case) -> None:
        await case.decide("begun", no_longer(self.item, "accepted"))

    async def _starts(self, case: Case) -> None:
        asked = MAIN
        while True:
            said = await case.step(ReferralStart, key=f"{self.asking}.{asked}")
            if said is None or said.result == "started":
                await case.move(self.item, "in_progress", on=asked)
                return
            if said.result == "failed":
                await case.move(self.item, "failed", on=asked, reason=said.reason)
                return
            asked = stamp(await case.until(f"start.{asked}", ASKED_AGAIN))

    async def _named(self, case: Case) -> None:
        """The first consultant stays: whoever else is named later is a decision with a reason."""
        await case.first("name", known=self._known, n=self._asks_who)

    async def _known(self, case: Case) -> None:
        await case.decide("known", partial(_consultant_named, self.item))

    async def _asks_who(self, case: Case) -> None:
        asked = MAIN
        while True:
            said = await case.step(ConsultantName, key=f"{self.asking}.{asked}")
            if said is None or said.result == "named":
                break
            await case.inform(f"consultant_not_named.{self.asking}.{asked}", Role.SUPERVISOR)
            asked = stamp(await case.until(f"name.{asked}", ASKED_AGAIN))
        if said is not None:
            stands = await case.decide("stands", partial(status, self.item))
            told_in = await case.decide("told_in", _named_in)
            await case.move(self.item, stands, on="named", consultant_named="first", told_in=told_in)

    async def _told_of_home(self, case: Case) -> None:
        await case.reported(Report.DISCHARGED)
        asked = MAIN
        while True:
            said = await case.step(ConsultantCall, key=f"{self.asking}.{asked}")
            if said is None or said.result == "reached":
                return
            await case.inform(f"consultant_silent.{self.asking}.{asked}", Role.SUPERVISOR)
            asked = stamp(await case.until(f"call.{asked}", ASKED_AGAIN))

    async def _lessons(self, case: Case, units: int) -> None:
        """Whoever attends has begun, whoever says so, and is done after as much as the catalogue says."""
        await case.decide("attends", partial(_attended, self.item, 1))
        await case.move(self.item, "in_progress", on="attended")
        came = await case.decide("attended", partial(_attended, self.item, units))
        await case.move(self.item, "done", on="attended", units=int(came))

    async def _missed(self, case: Case) -> None:
        told, path = MAIN, MAIN
        while True:
            told = await case.decide(f"missed.{path}", partial(missed_twice, self.item, told))
            path = short(f"{path}.{told.rpartition('.')[2]}")
            await case.inform(f"sessions_missed.{self.asking}.{path}", Role.COORDINATOR)

    async def _course_ends(self, case: Case) -> None:
        said = await case.step(CourseEnd, key=self.asking)
        if said is not None and said.strain == "heavy":
            await case.inform(f"carer_strained.{self.asking}", Role.PSYCHOLOGIST)


def _attended(item: str, units: int, state: CaseState) -> str | None:
    came = attended(item, state)
    return str(came) if came >= units else None


def _consultant_named(item: str, state: CaseState) -> str | None:
    return "named" if state.items[item].facts.get("consultant_named") else None


def _named_in(state: CaseState) -> str:
    return [step.step_id for step in steps(state, ConsultantName) if step.outcome][-1]
