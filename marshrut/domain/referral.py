"""A referral: somebody asks for help without an application. A facility and one sentence are enough."""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints

from marshrut.domain.admission import Contact, Phone, Text, day_of
from marshrut.domain.age import flags_of_age, of_consent_age
from marshrut.domain.base import Code, Instant, Model, Private
from marshrut.domain.words import Flag

Sentence = Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True)]


class ReferredPatient(Model):
    """Whom help is asked for, as far as that was said; `Patient` with nothing that must be known."""

    identified: bool = True
    mrn: Private[Text] | None = None
    family: Private[Text] | None = None
    given: Private[Text] | None = None
    patronymic: Private[Text] | None = None
    birth_date: Private[date] | None = None
    sex: Literal["male", "female", "other", "unknown"] | None = None
    address: Private[Text] | None = None
    phones: Private[tuple[Phone, ...]] = ()


class ReferredBy(Model):
    """Who asks: a ward, a neighbour, the patient. `role` in their own words."""

    name: Private[Text] | None = None
    phone: Private[Phone] | None = None
    role: Private[Text] | None = None


class Referral(Model):
    """Somebody asks for help. With a `visit` it belongs to that visit's case; `occurred_at`: when they came.

    `planned_for`: when a stay that lies ahead is to begin; until then the family is helped.
    """

    facility: Code
    sentence: Private[Sentence]
    visit: Private[Text] | None = None
    patient: ReferredPatient = ReferredPatient()
    contacts: Private[tuple[Contact, ...]] = ()
    flags: tuple[Flag, ...] = Field(default=())
    ward: Code | None = None
    bed: Code | None = None
    occurred_at: Instant | None = None
    planned_for: Instant | None = None
    referred_by: ReferredBy | None = None

    def personal(self) -> dict[str, Any]:
        """The part that only SQL may keep, sealed: JSON values."""
        return self.model_dump(mode="json", exclude={"facility", "flags", "ward", "bed", "occurred_at", "planned_for"})

    def with_flags(self, zone: tzinfo | None = None, now: datetime | None = None) -> Self:
        """The referral with the flags that follow from its own fields.

        `now` is when they came, if nobody said that; without either nothing follows from a birth date.
        """
        derived = {*self.flags, *(() if self.patient.identified else (Flag.UNIDENTIFIED,))}
        if came := self.occurred_at or now:
            born, day = self.patient.birth_date, day_of(came, zone)
            derived.update((*flags_of_age(born, day), *of_consent_age(born, day)))
        return self.model_copy(update={"flags": tuple(flag for flag in Flag if flag in derived)})
