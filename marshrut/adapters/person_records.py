"""`ports.PersonRecords` in PFIF 1.4: only what another searcher needs goes out, and never more of a patient."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal
from urllib.parse import urlsplit

from marshrut.adapters.pfif import PersonRecord, PfifFault, Sex, read, write
from marshrut.ports import SoughtPerson, Unfit

NOWHERE = "marshrut.invalid"  # the domain of ids where nobody said under which address the service is known
SEXES: dict[Sex | None, Literal["male", "female"]] = {Sex.MALE: "male", Sex.FEMALE: "female"}


class PfifRecords:
    """Documents of a service that is known under that address."""

    def __init__(self, public_url: str | None) -> None:
        host = urlsplit(public_url).hostname if public_url is not None else None
        # An address of IPv6 is no domain.
        self._domain = host if host is not None and ":" not in host else NOWHERE

    def write(self, persons: Sequence[SoughtPerson]) -> bytes:
        """The persons with name, sex and birth date; their source is the service."""
        return write([self._record(person) for person in persons])

    def read(self, raw: bytes) -> Sequence[SoughtPerson]:
        """The persons of a document."""
        try:
            return [_person(record) for record in read(raw) if record.full_name is not None]
        except PfifFault as fault:
            raise Unfit("bad_pfif", {"fault": fault.code, "place": fault.where}) from None

    def _record(self, person: SoughtPerson) -> PersonRecord:
        return PersonRecord(
            person_record_id=f"{self._domain}/{person.record}",
            entry_date=person.told_at,
            source_name=person.source,
            source_date=person.told_at,
            full_name=person.name,
            given_name=person.given,
            family_name=person.family,
            sex=None if person.sex is None else Sex(person.sex),
            date_of_birth=None if person.birth_date is None else person.birth_date.isoformat(),
        )


def _person(record: PersonRecord) -> SoughtPerson:
    return SoughtPerson(
        record=record.person_record_id,
        told_at=record.source_date,
        name=record.full_name or "",
        family=record.family_name,
        given=record.given_name,
        others=tuple((record.alternate_names or "").splitlines()),
        sex=SEXES.get(record.sex),
        birth_date=_whole(record.date_of_birth),
        source=record.source_name,
        author=record.author_name,
        phones=() if record.author_phone is None else (record.author_phone,),
        description=record.description,
    )


def _whole(written: str | None) -> date | None:
    """A date, unless only its year or month is known."""
    try:
        return None if written is None else date.fromisoformat(written)
    except ValueError:
        return None
