"""First contact: somebody comes to the bed, says who they are, and hears whether help is wanted."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from marshrut.domain.base import Private, stamp
from marshrut.domain.case import Case
from marshrut.domain.ids import MAIN
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.words import Role, Stage
from workflows.answers import last
from workflows.closing import let_go, was_let_go
from workflows.stay import while_here


class FirstContact(Outcome, track="contact", step="first_contact"):
    """Whether the patient could be spoken to, can say who they are, and of one who was moved, where to.

    Of a child the adult is spoken to; `carer`: which adult is with the child.
    """

    result: Literal["contacted", "unconscious", "refused", "moved"]
    moved_to: Literal["ward", "other_hospital"] | None = Field(default=None, validate_default=True)
    identity: Literal["known", "unknown"] | None = None
    citizenship: Literal["ru", "foreign", "unknown"] | None = None
    carer: Literal["parent", "guardian", "other", "nobody"] | None = None
    note: Private[str] | None = None

    @field_validator("moved_to")
    @classmethod
    def _says_where_to(cls, moved_to: str | None, info: ValidationInfo) -> str | None:
        if "result" in info.data and (info.data["result"] == "moved") != (moved_to is not None):
            raise ValueError("needed when, and only when, the patient was moved")
        return moved_to


class ConsentRecord(Outcome, track="contact", step="consent_record"):
    """Whether the patient agrees to be helped and to have their data used for it.

    `by`: who says so. For a child too young for it an adult does, in an urgent case a council of doctors or the doctor.
    """

    result: Literal["given", "partial", "refused", "incapable"]
    by: Literal["patient", "parent", "guardian", "guardianship_body", "consilium", "doctor"] | None = None
    note: Private[str] | None = None


class HomeSafety(Outcome, track="contact", step="home_safety"):
    """Whether somebody or something at home cannot wait."""

    result: Literal["safe", "child_alone", "dependant", "pet", "unknown"]
    note: Private[str] | None = None


class MigrationNotice(Outcome, track="contact", step="migration_notice"):
    """Whether the migration office was told where a foreign citizen stays."""

    result: Literal["sent", "not_due"]
    number: Private[str] | None = None


class Contact:
    """Ends with `contacted`, `refused`, `other_hospital` or, when the patient left before, `left`."""

    name: ClassVar[str] = "contact"
    stage: ClassVar[Stage] = Stage.FIRST_CONTACT
    steps: ClassVar[tuple[type[Outcome], ...]] = (FirstContact, ConsentRecord, HomeSafety, MigrationNotice)

    async def run(self, case: Case) -> str:
        """Try until the patient can be spoken to, then ask for consent and about the home."""
        if not await while_here(case, self._contact):
            return "left"
        return await case.decide("met", _met)

    async def _contact(self, case: Case) -> None:
        if await self._meet(case):
            await case.all(self._agree(case), self._see_to_home(case), self._notify(case))

    async def _meet(self, case: Case) -> bool:
        """Whether there is somebody to help here."""
        visit = MAIN
        while True:
            contact = await case.step(FirstContact, key=visit)
            match contact:
                case None | FirstContact(result="contacted"):
                    # A senior may cancel the talk, as with a patient known well: help goes on without it.
                    return True
                case FirstContact(result="unconscious"):
                    visit = stamp(await case.until(f"awake.{visit}", "contact.asked_again"))
                case FirstContact(result="moved", moved_to="ward"):
                    visit = f"{visit}.new_ward"
                case FirstContact(result="moved"):
                    await case.inform("gone_to_other_hospital", Role.SUPERVISOR)
                    return False
                case FirstContact():
                    if await let_go(case, visit):
                        return False
                    visit = f"{visit}.asked_again"

    async def _agree(self, case: Case) -> None:
        talk = MAIN
        while True:
            consent = await case.step(ConsentRecord, key=talk)
            if consent is None or consent.result != "refused" or await let_go(case, f"consent.{talk}"):
                return
            talk = f"{talk}.asked_again"

    async def _see_to_home(self, case: Case) -> None:
        home = await case.step(HomeSafety)
        if home is not None and home.result in ("child_alone", "dependant"):
            await case.inform("somebody_alone_at_home", Role.SUPERVISOR, urgent=True)

    async def _notify(self, case: Case) -> None:
        """The law gives one working day from a foreign citizen's arrival."""
        if await case.decide("citizenship", citizenship) == "foreign":
            await case.step(MigrationNotice)


def citizenship(state: CaseState) -> str:
    """`ru`, `foreign` or `unknown`, as far as the patient said."""
    contact = last(state, FirstContact)
    return (contact and contact.citizenship) or "unknown"


def _met(state: CaseState) -> str:
    contact = last(state, FirstContact)
    if contact is not None and contact.moved_to == "other_hospital":
        return "other_hospital"
    return "refused" if was_let_go(state, FirstContact, ConsentRecord) else "contacted"
