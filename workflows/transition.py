"""Transition: out of the hospital, home or into an institution, until whoever receives the patient confirms it."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from marshrut.domain.base import Instant, Private, stamp
from marshrut.domain.case import Case
from marshrut.domain.ids import MAIN
from marshrut.domain.outcomes import Outcome
from marshrut.domain.readiness import CHECKLIST
from marshrut.domain.state import CaseState
from marshrut.domain.stuck import left_at
from marshrut.domain.words import Ending, ItemKind, Report, Role, Stage
from workflows.answers import NOTHING, last, steps
from workflows.child_handover import ChildHandover, hand_over, handed_over
from workflows.discharge import BarrierReview, clear_the_way, place, reviewed, unsettled, way
from workflows.documents import hand_over as hand_papers
from workflows.fitting import as_long_as_it_fits, subject
from workflows.offices import Then, obtain
from workflows.placement import ProfileChoose, TransferArrival, find_place, given_up, in_force, taken_in
from workflows.stay import beside, while_here


class HomePrepare(Outcome, track="discharge", step="home_prepare"):
    """Whether the person can live in their home."""

    result: Literal["ready", "unfit"]
    note: Private[str] | None = None


class CareHandover(Outcome, track="discharge", step="care_handover"):
    """Whether the home-care provider takes the person over, and who of them does; it begins care once they are home."""

    result: Literal["accepted", "refused"]
    then: Then | None = None
    receiver: Private[str] | None = None


class TransportBook(Outcome, track="discharge", step="transport_book"):
    """How the patient travels."""

    result: Literal["taxi", "medical", "family"]
    note: Private[str] | None = None


class EscortHome(Outcome, track="discharge", step="escort_home"):
    """Whether the escort brought the patient home."""

    result: Literal["delivered", "failed"]
    note: Private[str] | None = None


class ArrivalConfirm(Outcome, track="discharge", step="arrival_confirm"):
    """Whether whoever receives the patient confirms the arrival, by name and time.

    `arrived_at`: when that was, where it is told later; `receiver`: who says so.
    """

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
    ) = Field(default=None, validate_default=True)
    arrived_at: Instant | None = None
    receiver: Private[str] | None = None

    @field_validator("received_by")
    @classmethod
    def _said_when_confirmed(cls, received_by: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("result") == "confirmed" and received_by is None:
            raise ValueError("who receives the patient is named")
        return received_by


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
    """Ends with the ending that the arrival means; of a child with the handover to whoever takes it."""

    name: ClassVar[str] = "transition"
    stage: ClassVar[Stage] = Stage.TRANSITION
    steps: ClassVar[tuple[type[Outcome], ...]] = (
        HomePrepare,
        BarrierReview,
        CareHandover,
        TransportBook,
        EscortHome,
        ArrivalConfirm,
        TransferArrival,
        ChildHandover,
    )

    async def run(self, case: Case) -> str:
        """Bring the patient where the way leads; where that fails, the other way."""
        await beside(case, "papers", self._bring, _with_papers)
        return await case.decide("arrived", arrived)

    async def _bring(self, case: Case) -> None:
        """A child to an adult, an adult home or to a place; whoever proves to be the other goes the other's way."""
        turn = MAIN
        while True:
            child = await case.decide(f"whose.{turn}", subject) == "child"
            work = partial(self._to_adult if child else self._lead, turn)
            if await as_long_as_it_fits(case, f"bring.{turn}", work):
                return
            turn = f"{turn}.corrected"

    async def _to_adult(self, attempt: str, case: Case) -> None:
        """Whom the hospital has again nobody hands over."""
        handed = partial(hand_over, turn=attempt, prepare=_prepare_child)
        await case.first(f"handed.{attempt}", readmitted=came_back, handed=handed)

    async def _lead(self, attempt: str, case: Case) -> None:
        leads_to = await case.decide("way", way)
        while not await (self._transfer(case, attempt) if leads_to == "institution" else self._home(case, attempt)):
            attempt = f"{attempt}.other_way"
            leads_to = "home" if leads_to == "institution" else "institution"

    async def _transfer(self, case: Case, attempt: str) -> bool:
        while await in_force(case, attempt):
            transfer = await case.step(TransferArrival, key=attempt)
            if transfer is None or transfer.result == "arrived":
                await taken_in(case, attempt)
                return True
            await case.inform(f"not_arrived.{attempt}", Role.SUPERVISOR, urgent=True)
            if transfer.then == "home":
                break
            attempt = stamp(await case.until(f"bring_again.{attempt}", "placement.brought_again"))
        await given_up(case, attempt)
        return False

    async def _home(self, case: Case, attempt: str) -> bool:
        """Make home and transport ready, bring the patient there; who has left already is only asked for."""
        here = await while_here(case, partial(self._prepare_home, attempt), f"home.{attempt}")
        if here and await case.decide(f"way.{attempt}", way) == "institution":
            return False
        here = here and await while_here(case, self._hand_over, f"handover.{attempt}")
        journey = attempt
        while here:
            here = await while_here(case, partial(self._book, journey), f"journey.{journey}")
            if not here or await case.decide(f"travels.{journey}", _travels) == "with_family":
                break
            escort = await case.step(EscortHome, key=journey)
            if escort is None or escort.result == "delivered":
                break
            await _arrange(case, "transport", "failed", on=journey)
            await _arrange(case, "escort", "failed", on=journey)
            journey = f"{journey}.again"
        await confirm(case, attempt)
        return True

    async def _prepare_home(self, attempt: str, case: Case) -> None:
        await case.list_of(CHECKLIST, ItemKind.ARRANGEMENT)
        look = attempt
        while (home := await case.step(HomePrepare, key=look)) is not None and home.result == "unfit":
            await _arrange(case, "keys", "failed", on=look)
            await case.inform(f"home_unfit.{look}", Role.SUPERVISOR)
            await reviewed(case, f"unfit.{look}")
            if await _turns_to_a_place(case, f"unfit.{look}"):
                return
            look = stamp(await case.until(f"look_again.{look}", "discharge.home_seen_again"))
        await _arrange(case, "keys", "not_needed" if home is None else "arranged", on=look)
        # Something may have failed since the way was clear, or the way leads home only since a place fell through.
        if await case.decide(f"unsettled.{attempt}", unsettled) != NOTHING:
            await case.inform(f"still_needed.{attempt}", Role.COORDINATOR)
            review = await clear_the_way(case, f"home.{attempt}")
            await _turns_to_a_place(case, review)

    async def _book(self, journey: str, case: Case) -> None:
        booked = await case.step(TransportBook, key=journey)
        await _arrange(case, "transport", "not_needed" if booked is None else "arranged", on=journey)
        if booked is not None:
            by_family = booked.result == "family"
            await _arrange(case, "escort", "not_needed" if by_family else "arranged", on=journey)

    async def _hand_over(self, case: Case) -> None:
        """Whom care at home was agreed for is taken over by whoever gives it, before they leave."""
        if await case.decide("care", _care) == "agreed":
            taken = await obtain(case, CareHandover, "accepted")
            await _arrange(case, "care_start", "arranged" if taken else "failed", on="handover")


async def _prepare_child(case: Case, attempt: str) -> None:
    await case.step(TransportBook, key=attempt)


async def _with_papers(case: Case) -> None:
    """Nobody leaves without the papers that were restored for them."""
    await while_here(case, partial(hand_papers, occasion="leaving"), "handed")


async def _turns_to_a_place(case: Case, review: str) -> bool:
    """Whether the way leads to an institution now; for whom a senior wants a place, one is looked for first."""
    if await case.decide(f"place.{review}", place) == "needed":
        await find_place(case, review)
    return await case.decide(f"way.{review}", way) == "institution"


async def _arrange(case: Case, name: str, status: str, *, on: str) -> None:
    """Say of an entry of the checklist how it stands since a step was answered."""
    item = await case.item(ItemKind.ARRANGEMENT, name, of=CHECKLIST)
    await case.move(item, status, on=on)


async def confirm(case: Case, call: str) -> None:
    """Ask until somebody says that the patient has arrived; whom the hospital has again nobody asks for at home."""
    await case.first(f"arrival.{call}", readmitted=came_back, confirmed=partial(_ask_for, call))


async def _ask_for(call: str, case: Case) -> None:
    while True:
        arrival = await case.step(ArrivalConfirm, key=call)
        if arrival is None or arrival.result == "confirmed":
            return
        await case.inform(f"arrival_unknown.{call}", Role.SUPERVISOR, urgent=True)
        call = f"{call}.again"


async def came_back(case: Case) -> None:
    """Until it is reported that a hospital has the person again."""
    await case.reported(Report.READMITTED)


async def since_arrival(case: Case, wait: str) -> None:
    """Until so long after the arrival, whenever it was told."""
    at = datetime.fromisoformat(await case.decide("arrived_at", _arrived_at))
    await case.until("arrived", wait, since=at)


def _arrived_at(state: CaseState) -> str:
    """When the last arrival was; one that nobody confirmed, when that was decided."""
    arrival = next(reversed(steps(state, ArrivalConfirm, TransferArrival, ChildHandover)), None)
    if arrival is None:
        return str(left_at(state))
    said = (arrival.outcome or {}).get("arrived_at")
    return str(said) if said else (arrival.occurred_at or arrival.opened_at).isoformat()


def arrived(state: CaseState) -> str:
    """The ending that the last arrival means; a child whom nobody has taken is with the hospital that has it again."""
    if state.child:
        return handed_over(state) or Ending.OTHER_HOSPITAL
    arrival = next(reversed(steps(state, ArrivalConfirm, TransferArrival)), None)
    if arrival is None:
        return _alone(state)
    if arrival.name == TransferArrival.step:
        profile = last(state, ProfileChoose)
        temporary = profile is not None and profile.result == "temporary"
        return Ending.TEMPORARY_PLACEMENT if temporary else Ending.INSTITUTION_PERMANENT
    received_by = (arrival.outcome or {}).get("received_by")
    return RECEIVED.get(str(received_by)) or _alone(state)


def _alone(state: CaseState) -> Ending:
    """Whom nobody received may still have care that comes."""
    return Ending.HOME_WITH_SERVICES if _care(state) == "agreed" else Ending.HOME_ALONE


def _care(state: CaseState) -> str:
    services = (track for name, track in state.tracks.items() if name.split(".")[0] == "services")
    return "agreed" if any(track.result == "care_agreed" for track in services) else "not_agreed"


def _travels(state: CaseState) -> str:
    transport = last(state, TransportBook)
    return "with_family" if transport is None or transport.result == "family" else "escorted"
