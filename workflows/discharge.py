"""Discharge home: from medical readiness to the moment when somebody confirms the arrival."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import ClassVar, Literal

from marshrut.domain.base import Instant, Private, stamp
from marshrut.domain.case import Case
from marshrut.domain.ids import MAIN
from marshrut.domain.outcomes import Outcome
from marshrut.domain.words import Report, Role

# A doctor who says "not yet" is asked again on the next day's round [A].
ASK_DOCTOR_AGAIN_AFTER = timedelta(hours=24)
# A flat that is unfit is looked at again after this time [A].
LOOK_AGAIN_AFTER = timedelta(hours=24)


class ReadyDate(Outcome, track="discharge", step="ready_date"):
    """Whether, and since when, the patient is medically ready to leave."""

    result: Literal["date", "not_ready"]
    ready_at: Instant | None = None
    note: Private[str] | None = None


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
    received_by: Literal["relatives", "social_worker", "nobody"] | None = None
    receiver: Private[str] | None = None


class Discharge:
    """Ends with `relatives`, `social_worker` or `nobody`: who received the patient at home."""

    name: ClassVar[str] = "discharge"
    stage: ClassVar[str] = "discharge_readiness"
    steps: ClassVar[tuple[type[Outcome], ...]] = (ReadyDate, HomePrepare, TransportBook, EscortHome, ArrivalConfirm)

    async def run(self, case: Case) -> str:
        """Wait until the patient may leave, make home and transport ready, bring them home and hear of the arrival."""
        await case.first("medically_ready", stated=self._doctor_states, reported=self._hospital_reports)
        await case.all(self._prepare_home(case), self._bring_home(case))
        return await self._confirm(case)

    async def _hospital_reports(self, case: Case) -> None:
        """The hospital's system may say it before the doctor does; who has left is ready as well."""
        await case.first("said", ready=_hears(Report.MEDICALLY_READY), left=_hears(Report.DISCHARGED))

    async def _doctor_states(self, case: Case) -> None:
        day = MAIN
        while True:
            ready = await case.step(ReadyDate, key=day)
            if ready is None or ready.result == "date":
                return
            day = stamp(await case.until(f"next_round.{day}", after=ASK_DOCTOR_AGAIN_AFTER))

    async def _prepare_home(self, case: Case) -> None:
        look = MAIN
        while True:
            home = await case.step(HomePrepare, key=look)
            if home is None or home.result == "ready":
                return
            await case.inform(f"home_unfit.{look}", Role.SUPERVISOR)
            look = stamp(await case.until(f"look_again.{look}", after=LOOK_AGAIN_AFTER))

    async def _bring_home(self, case: Case) -> None:
        journey = MAIN
        while True:
            transport = await case.step(TransportBook, key=journey)
            if transport is None or transport.result == "family":
                return
            escort = await case.step(EscortHome, key=journey)
            if escort is None or escort.result == "delivered":
                return
            journey = f"{journey}.again"

    async def _confirm(self, case: Case) -> str:
        call = MAIN
        while True:
            arrival = await case.step(ArrivalConfirm, key=call)
            if arrival is None or arrival.result == "confirmed":
                return (arrival and arrival.received_by) or "nobody"
            await case.inform(f"arrival_unknown.{call}", Role.SUPERVISOR)
            call = f"{call}.again"


def _hears(report: Report) -> Callable[[Case], Awaitable[object]]:
    """A branch that ends when the report is heard."""
    return lambda case: case.reported(report)
