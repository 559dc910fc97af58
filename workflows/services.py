"""Social services: urgent help at once; care at home through application, decision, ИППСУ and contract."""

from __future__ import annotations

from typing import ClassVar, Literal

from marshrut.domain.base import Private
from marshrut.domain.case import Case
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.words import Report, Role
from workflows.assessment import NeedsAgree


class UrgentServices(Outcome, track="services", step="urgent_services"):
    """Food, clothes, shelter or advice given at once, on the hospital's word."""

    result: Literal["act_signed", "refused"]
    note: Private[str] | None = None


class NeedApplication(Outcome, track="services", step="need_application"):
    """Whether the application for social services was filed."""

    result: Literal["filed", "refused"]
    receipt: Private[str] | None = None


class NeedDecision(Outcome, track="services", step="need_decision"):
    """What the authority decided."""

    result: Literal["recognised", "denied"]
    note: Private[str] | None = None


class IppsuReceive(Outcome, track="services", step="ippsu_receive"):
    """Whether the individual programme (ИППСУ) came."""

    result: Literal["issued", "denied"]
    number: Private[str] | None = None


class ServiceContract(Outcome, track="services", step="service_contract"):
    """Whether the contract with the provider was signed."""

    result: Literal["signed", "declined"]
    note: Private[str] | None = None


class CareStart(Outcome, track="services", step="care_start"):
    """Whether care at home began, or is agreed and waits for the person to come home."""

    result: Literal["started", "waiting"]
    note: Private[str] | None = None


class Services:
    """Ends with `care_agreed`, `no_care` or, when the patient left meanwhile, `left`."""

    name: ClassVar[str] = "services"
    stage: ClassVar[str] = "tracks"
    steps: ClassVar[tuple[type[Outcome], ...]] = (
        UrgentServices,
        NeedApplication,
        NeedDecision,
        IppsuReceive,
        ServiceContract,
        CareStart,
    )

    async def run(self, case: Case) -> str:
        """Arrange what was agreed; once the patient has been discharged nothing waits for offices any more."""
        came_first = await case.first("arranged_or_left", arranged=self._arrange, left=self._left)
        if came_first == "left":
            await case.inform("left_before_care", Role.SUPERVISOR)
            return "left"
        return await case.decide("care", _care_in)

    async def _left(self, case: Case) -> None:
        await case.reported(Report.DISCHARGED)

    async def _arrange(self, case: Case) -> None:
        needed = await case.decide("needed", _needed)
        if needed == "urgent":
            await case.step(UrgentServices)
        elif needed == "home_care":
            await self._home_care(case)
        else:
            await case.all(case.step(UrgentServices), self._home_care(case))

    async def _home_care(self, case: Case) -> None:
        """Each office's yes opens the next door; a no ends the way."""
        application = await case.step(NeedApplication)
        if application is None or application.result == "refused":
            return
        decision = await case.step(NeedDecision)
        if decision is None or decision.result == "denied":
            return
        programme = await case.step(IppsuReceive)
        if programme is None or programme.result == "denied":
            return
        contract = await case.step(ServiceContract)
        if contract is not None and contract.result == "signed":
            await case.step(CareStart)


def _needed(state: CaseState) -> str:
    """What was agreed: `urgent`, `home_care` or `both`."""
    agreed = [step.outcome for step in state.steps.values() if step.name == NeedsAgree.step and step.outcome]
    needs = NeedsAgree.from_codes(agreed[-1]).needs
    if "home_care" not in needs:
        return "urgent"
    return "both" if "urgent_help" in needs else "home_care"


def _care_in(state: CaseState) -> str:
    begun = any(step.name == CareStart.step and step.outcome for step in state.steps.values())
    return "care_agreed" if begun else "no_care"
