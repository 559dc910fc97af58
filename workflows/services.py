"""Social services: urgent help at once; care at home through application, decision, ИППСУ and contract; aids."""

from __future__ import annotations

from typing import ClassVar, Literal

from marshrut.domain.base import Private
from marshrut.domain.case import Case
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.words import Flag, Role, Stage
from workflows.answers import answers, last, listed, named
from workflows.assessment import FunctionScale
from workflows.needs import agreed_needs
from workflows.offices import Then, obtain
from workflows.stay import while_here


class UrgentServices(Outcome, track="services", step="urgent_services"):
    """Food, clothes, shelter or advice given at once, on the hospital's word."""

    result: Literal["act_signed", "refused"]
    note: Private[str] | None = None


class NeedApplication(Outcome, track="services", step="need_application"):
    """Whether the application for social services was filed."""

    result: Literal["filed", "refused"]
    then: Then | None = None
    receipt: Private[str] | None = None


class NeedDecision(Outcome, track="services", step="need_decision"):
    """What the authority decided."""

    result: Literal["recognised", "denied"]
    then: Then | None = None
    note: Private[str] | None = None


class IppsuReceive(Outcome, track="services", step="ippsu_receive"):
    """Whether the individual programme (ИППСУ) came."""

    result: Literal["issued", "denied"]
    then: Then | None = None
    number: Private[str] | None = None


class ServiceContract(Outcome, track="services", step="service_contract"):
    """Whether the contract with a provider was signed."""

    result: Literal["signed", "declined"]
    then: Then | None = None
    note: Private[str] | None = None


class CareStart(Outcome, track="services", step="care_start"):
    """Whether care at home began, or is agreed and waits for the person to come home."""

    result: Literal["started", "waiting"]
    note: Private[str] | None = None


class AidsSupply(Outcome, track="services", step="aids_supply"):
    """Whether there is a wheelchair, a bed or what else the person needs to move."""

    result: Literal["delivered", "rented", "none"]
    then: Then | None = None
    note: Private[str] | None = None


class Services:
    """Ends with `care_agreed`, `no_care` or, when the patient left meanwhile, `left`."""

    name: ClassVar[str] = "services"
    stage: ClassVar[Stage] = Stage.TRACKS
    steps: ClassVar[tuple[type[Outcome], ...]] = (
        UrgentServices,
        NeedApplication,
        NeedDecision,
        IppsuReceive,
        ServiceContract,
        CareStart,
        AidsSupply,
    )

    async def run(self, case: Case) -> str:
        """Arrange what was agreed; once the patient has been discharged nothing waits for offices any more."""
        if not await while_here(case, self._arrange):
            await case.inform("left_before_care", Role.SUPERVISOR)
            return "left"
        return await case.decide("care", _care)

    async def _arrange(self, case: Case) -> None:
        kinds = named(await case.decide("kinds", _kinds))
        await case.all(
            *([case.step(UrgentServices)] if "urgent_help" in kinds else []),
            *([self._home_care(case)] if "home_care" in kinds else []),
            *([obtain(case, AidsSupply, "delivered", "rented")] if "aids" in kinds else []),
        )

    async def _home_care(self, case: Case) -> None:
        """Each office's yes opens the next door."""
        if (
            await obtain(case, NeedApplication, "filed")
            and await obtain(case, NeedDecision, "recognised")
            and await obtain(case, IppsuReceive, "issued")
            and await obtain(case, ServiceContract, "signed")
        ):
            await case.step(CareStart)


def _kinds(state: CaseState) -> str:
    """What was agreed, and aids for whom moving is hard. A route that names services beyond it means care at home."""
    agreed = [need for need in ("urgent_help", "home_care") if need in agreed_needs(state)] or ["home_care"]
    scale = last(state, FunctionScale)
    moves_hardly = scale is not None and scale.moves in ("with_aids", "lies")
    return listed([*agreed, "aids"] if moves_hardly or Flag.LOW_MOBILITY in state.flags else agreed)


def _care(state: CaseState) -> str:
    return "care_agreed" if answers(state, CareStart) else "no_care"
