"""The expected date of discharge: said from the first morning on, and said anew when it has passed and nobody left."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from marshrut.domain.base import Instant, Private, stamp
from marshrut.domain.case import Case
from marshrut.domain.ids import MAIN
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.stuck import left_at
from marshrut.domain.words import Stage

NO_DATE = "none"


class ExpectedDate(Outcome, track="discharge", step="expected_date"):
    """When the patient is expected to leave; the doctor says it, and a coordinator may record it."""

    result: Literal["set", "not_yet"]
    expected_at: Instant | None = Field(default=None, validate_default=True)
    note: Private[str] | None = None

    @field_validator("expected_at")
    @classmethod
    def _said_when_set(cls, expected_at: datetime | None, info: ValidationInfo) -> datetime | None:
        if "result" in info.data and (info.data["result"] == "set") != (expected_at is not None):
            raise ValueError("needed when, and only when, a date is set")
        return expected_at


class Expectation:
    """Ends with `left`, or with `left_out` when two people agreed to do without a date."""

    name: ClassVar[str] = "expectation"
    stage: ClassVar[Stage] = Stage.ADMISSION
    steps: ClassVar[tuple[type[Outcome], ...]] = (ExpectedDate,)

    async def run(self, case: Case) -> str:
        """Have a date from the first morning until the patient is in the ward no more."""
        # Listened for first: when somebody will leave who has left already is not asked, not even for a moment.
        return await case.first("stay", left=_left, left_out=_have_dates)


async def _have_dates(case: Case) -> None:
    """Doctor and hospital may say the date, of both the last word counts; until the step is left out."""
    day, old = MAIN, NO_DATE
    while await case.first(f"said.{day}", told=partial(_another, old), left_out=partial(_ask, day)) == "told":
        held = "moved"
        while held == "moved":
            old = await case.decide(f"date.{day}", date)
            held = await case.first(f"holds.{day}", moved=partial(_another, old), passed=partial(_passed, old))
            day = f"{day}.{held}"


async def _ask(day: str, case: Case) -> None:
    """Ask on every round: who has said another date is not asked again until that has passed."""
    while await case.step(ExpectedDate, key=day) is not None:
        day = stamp(await case.until(f"next_round.{day}", "discharge.next_round"))


async def _another(old: str, case: Case) -> None:
    await case.decide("date", lambda state: None if date(state) == old else date(state))


async def _passed(old: str, case: Case) -> None:
    """A date that was moved meanwhile is not asked about: the other branch has won by then."""
    await case.until("passed", "discharge.date_passed", since=datetime.fromisoformat(old))


async def _left(case: Case) -> None:
    await case.decide("left", lambda state: None if left_at(state) is None else "left")


def date(state: CaseState) -> str:
    """When the patient is expected to leave."""
    at = state.expected_discharge_at
    return NO_DATE if at is None else at.isoformat()
