"""Social services: urgent help at once; care at home through application, decision, ИППСУ and contract; aids."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar, Literal

from marshrut.domain.base import Private
from marshrut.domain.case import Case
from marshrut.domain.outcomes import Outcome
from marshrut.domain.slice import Slice
from marshrut.domain.state import CaseState
from marshrut.domain.words import Flag, ItemKind, Role, Stage
from workflows.answers import NOTHING, answers, last, listed, named
from workflows.assessment import FunctionScale
from workflows.contact import HomeSafety
from workflows.needs import agreed_needs
from workflows.offices import Then, obtain
from workflows.partners import BY_APPLICATION, RUNNING, one
from workflows.stay import while_here

Given = Literal["hot_food", "clothing", "temporary_housing", "legal_help", "psychology"]
Level = Literal["none", "level_1", "level_2", "level_3"]
HOME_CARE, LONG_TERM_CARE = "home_care", "long_term_care"


class UrgentServices(Outcome, track="services", step="urgent_services"):
    """What was given at once, on the hospital's word, and signed for."""

    result: Literal["act_signed", "refused"]
    given: tuple[Given, ...] = ()
    note: Private[str] | None = None


class NeedApplication(Outcome, track="services", step="need_application"):
    """Whether the application for social services was filed."""

    result: Literal["filed", "refused"]
    then: Then | None = None
    receipt: Private[str] | None = None


class NeedDecision(Outcome, track="services", step="need_decision"):
    """What the authority decided; from `level_1` on care is the long-term care system's, by hours a week, and free."""

    result: Literal["recognised", "denied"]
    level: Level | None = None
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
            # The same step that `urgent` opens: who has been helped is not asked again.
            *([case.step(UrgentServices)] if "urgent_help" in kinds else []),
            *([self._home_care(case)] if "home_care" in kinds else []),
            *([obtain(case, AidsSupply, "delivered", "rented")] if "aids" in kinds else []),
        )

    async def _home_care(self, case: Case) -> None:
        """Each office's yes opens the next door, whether it came to us or somebody noted it where it belongs."""
        if not await _have(case, NeedApplication, "filed", _filed):
            return
        application = await case.item(ItemKind.APPLICATION, "need", status="filed")
        if not await _have(case, NeedDecision, "recognised", _granted):
            await case.move(application, "denied")
            return
        await case.move(application, "granted")
        ippsu = await case.item(ItemKind.DOCUMENT, "ippsu", status="needed")
        await case.move(ippsu, "requested")
        if not await _have(case, IppsuReceive, "issued", _issued):
            await case.move(ippsu, "rejected")
            return
        await case.move(ippsu, "issued")
        if await _have(case, ServiceContract, "signed", _agreed):
            await self._hand_over(case)

    async def _hand_over(self, case: Case) -> None:
        """To the provider who signed: referred, agreed, and begun; or agreed until the person is at home."""
        known = await case.decide("known_care", _running_care)
        programme = await case.decide("programme", _programme)
        provider = await case.look_up("provider", partial(_provider, programme))
        if provider == NOTHING:
            await case.step(CareStart)
            return
        hours = await case.look_up("hours", partial(_hours, programme))
        care = known
        if care == NOTHING:
            care = await case.item(
                ItemKind.REFERRAL,
                programme,
                key=provider,
                partner=provider,
                goes_on=True,
                hours=None if hours == NOTHING else int(hours),
            )
            await case.move(care, "accepted")
        start = await case.step(CareStart)
        if start is not None and start.result == "started":
            await case.move(care, "in_progress")


async def urgent(case: Case) -> None:
    """Urgent help waits for no route and no paper: as soon as somebody calls for it, as long as the patient is here."""
    await case.decide("urgent", _urgent)
    await while_here(case, _give, "urgent_help")


async def _give(case: Case) -> None:
    await case.step(UrgentServices)


async def _have(case: Case, outcome: type[Outcome], given: str, there: Callable[[CaseState], bool]) -> bool:
    """By the answer to a step, or by an item that somebody has moved so."""

    async def found(case: Case) -> None:
        await case.decide("found", lambda state: "yes" if there(state) else None)

    async def asked(case: Case) -> None:
        await obtain(case, outcome, given)

    await case.first(outcome.step, found=found, asked=asked)
    return await case.decide(f"{outcome.step}.came", lambda state: _came(outcome, given, there, state)) == "yes"


def _came(outcome: type[Outcome], given: str, there: Callable[[CaseState], bool], state: CaseState) -> str:
    said = last(state, outcome)
    return "yes" if there(state) or (said is not None and said.codes()["result"] == given) else "no"


def _filed(state: CaseState) -> bool:
    return _stands(state, ItemKind.APPLICATION, "need", "filed", "registered", "granted")


def _granted(state: CaseState) -> bool:
    return _stands(state, ItemKind.APPLICATION, "need", "granted")


def _issued(state: CaseState) -> bool:
    return _stands(state, ItemKind.DOCUMENT, "ippsu", "issued", "handed_over")


def _agreed(state: CaseState) -> bool:
    return _running_care(state) != NOTHING


def _running_care(state: CaseState) -> str:
    running = (one(state, programme, *RUNNING) for programme in sorted(BY_APPLICATION))
    return next((care for care in running if care != NOTHING), NOTHING)


def _stands(state: CaseState, kind: ItemKind, name: str, *statuses: str) -> bool:
    return any(item.name == name and item.status in statuses for item in state.items_of(kind))


def _programme(state: CaseState) -> str:
    """Whoever is recognised as in need of care by a level is cared for free of charge, by hours."""
    decision = last(state, NeedDecision)
    return LONG_TERM_CARE if decision is not None and decision.level not in (None, "none") else HOME_CARE


def _provider(programme: str, catalogue: Slice, _state: CaseState) -> str:
    rule = catalogue.programmes.get(programme)
    return rule.partners[0] if rule is not None and rule.partners else NOTHING


def _hours(programme: str, catalogue: Slice, state: CaseState) -> str:
    decision, rule = last(state, NeedDecision), catalogue.programmes.get(programme)
    hours = None if decision is None or rule is None else rule.weekly_hours.get(decision.level or "none")
    return NOTHING if hours is None else str(hours)


def _urgent(state: CaseState) -> str | None:
    """What calls for it: a need, agreed or only proposed; no home; somebody at home who cannot be alone."""
    need = _stands(state, ItemKind.NEED, "urgent_help", "proposed", "agreed") or "urgent_help" in agreed_needs(state)
    home = last(state, HomeSafety)
    alone = home is not None and home.result in ("dependant", "child_alone")
    return "called" if need or alone or Flag.NO_FIXED_ABODE in state.flags else None


def _kinds(state: CaseState) -> str:
    """What was agreed, and aids for whom moving is hard. A route that names services beyond it means care at home."""
    agreed = [need for need in ("urgent_help", "home_care") if need in agreed_needs(state)] or ["home_care"]
    scale = last(state, FunctionScale)
    moves_hardly = scale is not None and scale.moves in ("with_aids", "lies")
    return listed([*agreed, "aids"] if moves_hardly or Flag.LOW_MOBILITY in state.flags else agreed)


def _care(state: CaseState) -> str:
    return "care_agreed" if answers(state, CareStart) else "no_care"
