"""An admission as every intake understands it (contract, `admission`), whatever message brought it."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints

from marshrut.domain.age import flags_of_age, of_consent_age
from marshrut.domain.base import Code, Instant, Model, Private
from marshrut.domain.words import Flag

Text = Annotated[str, StringConstraints(min_length=1, max_length=250, strip_whitespace=True)]
Phone = Annotated[str, StringConstraints(min_length=3, max_length=40, strip_whitespace=True)]

EXTENSIONS_LIMIT = 64 * 1024  # characters; what a sender adds of its own is a few hundred


def _bounded(extensions: tuple[str, ...]) -> tuple[str, ...]:
    if sum(map(len, extensions)) > EXTENSIONS_LIMIT:
        raise ValueError(f"more than {EXTENSIONS_LIMIT} characters in all")
    return extensions


class Kin(StrEnum):
    """What a person is to the patient, coarse enough for every source (HL7 table 0063 and what is used beside it)."""

    SELF = "self"
    SPOUSE = "spouse"
    PARTNER = "partner"
    MOTHER = "mother"
    FATHER = "father"
    PARENT = "parent"
    SON = "son"
    DAUGHTER = "daughter"
    CHILD = "child"
    BROTHER = "brother"
    SISTER = "sister"
    SIBLING = "sibling"
    GRANDPARENT = "grandparent"
    GRANDCHILD = "grandchild"
    RELATIVE = "relative"
    GUARDIAN = "guardian"
    WARD = "ward"
    DEPENDANT = "dependant"
    CARER = "carer"
    FRIEND = "friend"
    NEIGHBOUR = "neighbour"
    COLLEAGUE = "colleague"
    EMPLOYER = "employer"
    EMERGENCY_CONTACT = "emergency_contact"
    OTHER = "other"
    UNKNOWN = "unknown"


def day_of(moment: datetime, zone: tzinfo | None) -> date:
    """The day in a zone; without one as whoever told it writes it."""
    return (moment if zone is None else moment.astimezone(zone)).date()


class PersonName(Model):
    """A name by which the patient is known too."""

    family: Private[Text] | None = None
    given: Private[Text] | None = None
    patronymic: Private[Text] | None = None


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
    aliases: Private[tuple[PersonName, ...]] = ()
    birth_date: Private[date] | None = None
    sex: Literal["male", "female", "other", "unknown"] | None = None
    address: Private[Text] | None = None
    phones: Private[tuple[Phone, ...]] = ()


class Contact(Model):
    """A person near to the patient, as the hospital wrote them down.

    `relation` is the hospital's own word, `relation_code` its code, `kin` ours; None: it cannot be told. `organization`
    is whom a contact stands for, such as a children's home. `source` says where the hospital named them: as next of
    kin, or only as who pays or is insured.
    """

    family: Private[Text] | None = None
    given: Private[Text] | None = None
    patronymic: Private[Text] | None = None
    relation: Private[Text]
    relation_code: Private[Text] | None = None
    kin: Private[Kin] | None = None
    role: Private[Text] | None = None
    organization: Private[Text] | None = None
    birth_date: Private[date] | None = None
    address: Private[Text] | None = None
    phones: Private[tuple[Phone, ...]] = ()
    emails: Private[tuple[Text, ...]] = ()
    source: Literal["next_of_kin", "guarantor", "insured"] = "next_of_kin"


# Of an admission what may be known outside SQL.
PUBLIC = {"facility", "admitted_at", "emergency", "ward", "bed", "flags", "planned_for"}


class Admission(Model):
    """A patient came into a hospital. `facility` and `visit` together name the visit for good.

    `extensions` are the sender's own segments (HL7 v2: Z segments in ER7, with the usual separators), kept unread.
    """

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
    extensions: Private[Annotated[tuple[str, ...], AfterValidator(_bounded)]] = ()

    def personal(self) -> dict[str, Any]:
        """The part that only SQL may keep, sealed: JSON values."""
        return self.model_dump(mode="json", exclude=PUBLIC)

    def with_flags(self, zone: tzinfo | None = None, _now: datetime | None = None) -> Self:
        """The admission with the flags that follow from its own fields; `zone`: in which its day is told."""
        born, day = self.patient.birth_date, day_of(self.admitted_at, zone)
        derived = {*self.flags, *flags_of_age(born, day), *of_consent_age(born, day)}
        if not self.patient.identified:
            derived.add(Flag.UNIDENTIFIED)
        return self.model_copy(update={"flags": tuple(flag for flag in Flag if flag in derived)})


class Preadmission(Admission):
    """A stay that lies ahead, for `planned_for`; `admitted_at` is when the hospital said so."""

    planned_for: Instant


class InpatientAdmission(Admission):
    """Whom the hospital saw as an outpatient lies in a ward from now on, whatever was said of a leaving before."""
