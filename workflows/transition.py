"""Transition: out of the hospital, home or into an institution, until whoever receives the patient confirms it."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Literal

from marshrut.domain.base import Private, stamp
from marshrut.domain.case import Case
from marshrut.domain.ids import MAIN
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.words import Ending, Role, Stage
from workflows.answers import last, steps
from workflows.discharge import BarrierReview, place, way
from workflows.placement import ProfileChoose, TransferArrival, find_place
from workflows.stay import while_here


class HomePrepare(Outcome, track="discharge", step="home_prepare"):
    """Whether the person can live in their home."""

    result: Literal["ready", "unfit"]
    note: Private[str] | None = None


class TransportBook(Outcome, track="discharge", step="transport_book"):
    """How the patient travels."""

    result: Literal["taxi", "medical", "family"]
    note: Private[str] | None = None


class EscortHome(Outcome, track="discharge", step="escort_home"):
    """Whether the escort brought the patient home."""

    result: Literal["delivered", "failed"]
    note: Private[str] | None = None


class ArrivalConfirm(Outcome, track="discharge", step="arrival_confirm"):
    """Whether whoever receives the patient confirms the arrival, by name and time."""

    result: Literal["confirmed", "unknown"]
    received_by: (
        Literal[
            "relatives",
            "social_worker",
            "nobody",
            "relatives_elsewhere",
            "rehabilitation",
            "shelter",
            "institution",
            "other_hospital",
        ]
        | None
    ) = None
    receiver: Private[str] | None = None


RECEIVED: dict[str, Ending] = {
    "relatives": Ending.HOME_WITH_RELATIVES,
    "social_worker": Ending.HOME_WITH_SERVICES,
    "relatives_elsewhere": Ending.RELATIVES_ELSEWHERE,
    "rehabilitation": Ending.REHABILITATION,
    "shelter": Ending.SHELTER,
    "institution": Ending.INSTITUTION_PERMANENT,
    "other_hospital": Ending.OTHER_HOSPITAL,
}


class Transition:
    """Ends with the ending that the arrival means."""

    name: ClassVar[str] = "transition"
    stage: ClassVar[Stage] = Stage.TRANSITION
    steps: ClassVar[tuple[type[Outcome], ...]] = (
        HomePrepare,
        BarrierReview,
        TransportBook,
        EscortHome,
        ArrivalConfirm,
        TransferArrival,
    )

    async def run(self, case: Case) -> str:
        """Bring the patient where the way leads; where that fails, the other way."""
        attempt = MAIN
        leads_to = await case.decide("way", way)
        while not await (self._transfer(case, attempt) if leads_to == "institution" else self._home(case, attempt)):
            attempt = f"{attempt}.other_way"
            leads_to = "home" if leads_to == "institution" else "institution"
        return await case.decide("arrived", arrived)

    async def _transfer(self, case: Case, attempt: str) -> bool:
        while True:
            transfer = await case.step(TransferArrival, key=attempt)
            if transfer is None or transfer.result == "arrived":
                return True
            await case.inform(f"not_arrived.{attempt}", Role.SUPERVISOR, urgent=True)
            if transfer.then == "home":
                return False
            attempt = stamp(await case.until(f"bring_again.{attempt}", "placement.brought_again"))

    async def _home(self, case: Case, attempt: str) -> bool:
        """Make home and transport ready, bring the patient there; who has left already is only asked for."""
        here = await while_here(case, partial(self._prepare_home, attempt), f"home.{attempt}")
        if here and await case.decide(f"way.{attempt}", way) == "institution":
            return False
        journey = attempt
        while here:
            here = await while_here(case, partial(self._book, journey), f"journey.{journey}")
            if not here or await case.decide(f"travels.{journey}", _travels) == "with_family":
                break
            escort = await case.step(EscortHome, key=journey)
            if escort is None or escort.result == "delivered":
                break
            journey = f"{journey}.again"
        await confirm(case, attempt)
        return True

    async def _prepare_home(self, attempt: str, case: Case) -> None:
        look = attempt
        while True:
            home = await case.step(HomePrepare, key=look)
            if home is None or home.result == "ready":
                return
            await case.inform(f"home_unfit.{look}", Role.SUPERVISOR)
            await case.step(BarrierReview, key=f"unfit.{look}")
            if await case.decide(f"place.{look}", place) == "needed":
                await find_place(case, f"unfit.{look}")
            if await case.decide(f"way.{look}", way) == "institution":
                return
            look = stamp(await case.until(f"look_again.{look}", "discharge.home_seen_again"))

    async def _book(self, journey: str, case: Case) -> None:
        await case.step(TransportBook, key=journey)


async def confirm(case: Case, call: str) -> None:
    """Ask until somebody says that the patient has arrived."""
    while True:
        arrival = await case.step(ArrivalConfirm, key=call)
        if arrival is None or arrival.result == "confirmed":
            return
        await case.inform(f"arrival_unknown.{call}", Role.SUPERVISOR, urgent=True)
        call = f"{call}.again"


def arrived(state: CaseState) -> str:
    """The ending that the last arrival means."""
    (arrival,) = steps(state, ArrivalConfirm, TransferArrival)[-1:]
    if arrival.name == TransferArrival.step:
        profile = last(state, ProfileChoose)
        temporary = profile is not None and profile.result == "temporary"
        return Ending.TEMPORARY_PLACEMENT if temporary else Ending.INSTITUTION_PERMANENT
    received_by = (arrival.outcome or {}).get("received_by")
    return RECEIVED.get(str(received_by)) or _alone(state)


def _alone(state: CaseState) -> Ending:
    """Whom nobody received may still have care that comes."""
    services = state.tracks.get("services")
    agreed = services is not None and services.result == "care_agreed"
    return Ending.HOME_WITH_SERVICES if agreed else Ending.HOME_ALONE


def _travels(state: CaseState) -> str:
    transport = last(state, TransportBook)
    return "with_family" if transport is None or transport.result == "family" else "escorted"
