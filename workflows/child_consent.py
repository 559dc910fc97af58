"""Where doctors decided for a child because it could not wait: those who have the right are told, and asked."""

from __future__ import annotations

from typing import ClassVar, Literal

from marshrut.domain.base import Private, stamp
from marshrut.domain.case import Case
from marshrut.domain.child import DOCTORS, body_knows
from marshrut.domain.ids import MAIN
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.words import Role, Stage
from workflows.answers import answers, last
from workflows.contact import ConsentRecord, FirstContact
from workflows.parents import there
from workflows.stay import while_here

ADULT = "adult"  # the occasion on which whoever has the right is asked


class ConsentNotice(Outcome, track="contact", step="consent_notice"):
    """Whether whoever has the right to decide was told that doctors did, or nobody could be told yet."""

    result: Literal["told", "nobody"]
    whom: Literal["parent", "guardian", "guardianship_body"] | None = None
    note: Private[str] | None = None


class ChildConsent:
    """Ends with `given`, `refused` or, where nobody was there to ask before the child left, `not_asked`."""

    name: ClassVar[str] = "child_consent"
    stage: ClassVar[Stage] = Stage.FIRST_CONTACT
    steps: ClassVar[tuple[type[Outcome], ...]] = (ConsentNotice, ConsentRecord)

    async def run(self, case: Case) -> str:
        """Tell them, and ask them as soon as they are there."""
        await while_here(case, _ask)
        return await case.decide("consented", _consented)


async def _ask(case: Case) -> None:
    await case.all(_notify(case), _ask_adult(case))


async def _notify(case: Case) -> None:
    day = MAIN
    while (said := await case.step(ConsentNotice, key=day)) is not None and said.result == "nobody":
        day = stamp(await case.until(f"told.{day}", "contact.notice_again"))


async def _ask_adult(case: Case) -> None:
    await case.decide("adult", lambda state: "there" if _somebody(state) else None)
    consent = await case.step(ConsentRecord, key=ADULT)
    if consent is not None and consent.result == "refused":
        # Whether the doctors go on all the same is theirs, and a court's, to say.
        await case.inform("consent_refused", Role.SUPERVISOR, urgent=True)


def decided_by_doctors(state: CaseState) -> bool:
    """Whether doctors decided for a child, whoever was asked afterwards."""
    return state.child and any(said.by in DOCTORS for said in answers(state, ConsentRecord))


def _somebody(state: CaseState) -> bool:
    """Whether somebody is there who may decide: until a child is placed the body that knows of it may."""
    contact = last(state, FirstContact)
    came = contact is not None and contact.carer in {"parent", "guardian"}
    return bool(there(state)) or came or body_knows(state)


def _consented(state: CaseState) -> str:
    said = last(state, ConsentRecord)
    if said is None or said.by in DOCTORS:
        return "not_asked"
    return "refused" if said.result == "refused" else "given"
