"""An admission as every intake understands it (contract, `admission`), whatever message brought it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints

from marshrut.domain.base import Code, Instant, Model, Private
from marshrut.domain.words import Flag

Text = Annotated[str, StringConstraints(min_length=1, max_length=250, strip_whitespace=True)]
Phone = Annotated[str, StringConstraints(min_length=3, max_length=40, strip_whitespace=True)]


# Clocks and zones go wrong by hours; what lies further ahead is a slip of the pen [A].
AHEAD = timedelta(days=1)


def too_far_ahead(moment: datetime, now: datetime) -> bool:
    """Whether somebody cannot have come in then: more than a day from now."""
    return moment > now + AHEAD


class Patient(Model):
    """Whom the case is about. Only `mrn`, the facility's record number, is always known."""

    identified: bool = True
    mrn: Private[Text]
    family: Private[Text] | None = None
    given: Private[Text] | None = None
    patronymic: Private[Text] | None = None
    birth_date: Private[date] | None = None
    sex: Literal["male", "female", "other", "unknown"] | None = None
    address: Private[Text] | None = None
    phones: Private[tuple[Phone, ...]] = ()


class Contact(Model):
    """A person near to the patient, as the hospital wrote them down."""

    family: Private[Text] | None = None
    given: Private[Text] | None = None
    patronymic: Private[Text] | None = None
    relation: Private[Text]
    phones: Private[tuple[Phone, ...]] = ()


class Admission(Model):
    """A patient came into a hospital. `facility` and `visit` together name the visit for good."""

    facility: Code
    visit: Private[Text]
    admitted_at: Instant
    emergency: bool
    ward: Code | None = None
    bed: Code | None = None
    diagnosis: Private[Text] | None = None
    patient: Patient
    contacts: Private[tuple[Contact, ...]] = ()
    flags: tuple[Flag, ...] = Field(default=())

    def personal(self) -> dict[str, Any]:
        """The part that only SQL may keep, sealed: JSON values."""
        return self.model_dump(mode="json", exclude={"facility", "admitted_at", "emergency", "ward", "bed", "flags"})

    def with_flags(self) -> Self:
        """The admission with the flags that follow from its own fields."""
        derived = set(self.flags)
        if not self.patient.identified:
            derived.add(Flag.UNIDENTIFIED)
        return self.model_copy(update={"flags": tuple(flag for flag in Flag if flag in derived)})
