"""From the bytes of a FHIR message to what it says; whatever cannot be taken is kept with its fault."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from marshrut.adapters.fhir import persons
from marshrut.adapters.fhir.gathering import Gathered, Told, gathered
from marshrut.adapters.fhir.references import (
    flags,
    leniently,
    named_by_number,
    organization,
    own_id,
    parsed,
    patients_named,
)
from marshrut.adapters.fhir.validation import faults
from marshrut.adapters.fhir.values import Resource, instant, unfit
from marshrut.adapters.fhir.visits import Stay
from marshrut.adapters.hl7v2.sites import Site
from marshrut.domain.admission import Admission, Patient, too_far_ahead
from marshrut.domain.circumstances import Circumstances
from marshrut.domain.hospital_event import Happening, HospitalEvent, TimeFrom
from marshrut.domain.ids import case_id, person_id
from marshrut.ports import (
    NOTHING_SETTLED,
    UNKNOWN,
    Arrived,
    Caller,
    Clock,
    CommandState,
    Entry,
    Intake,
    KeyReused,
    KnownPatient,
    Parked,
    ReceivedResource,
    Unfit,
)

log = structlog.get_logger()

MAX_KEY, MAX_FIELDS = 200, 1000
# Who is asked about a patient whom a message names by their id here.
Known = Callable[[str], Awaitable[KnownPatient | None]]


class FhirMessages:
    """`ports.Reader` and `ports.ResourceReceiver` for FHIR R4.

    `sites`: by its code, each hospital that the catalogue knows; `id_key`: by which ids are derived.
    """

    def __init__(self, intake: Intake, sites: Mapping[str, Site], known: Known, now: Clock, *, id_key: bytes) -> None:
        self._intake = intake
        self._sites = sites
        self._known = known
        self._now = now
        self._id_key = id_key

    async def receive(
        self, message: Arrived, *, settled: Mapping[int, str] = NOTHING_SETTLED, expected: str | None = None
    ) -> ReceivedResource:
        """What became of it; `settled` entries say nothing new, and what is updated has the `expected` id.

        Raises:
            Unfit: it cannot be taken as it is, and is kept.
            Unavailable, Uncertain: it was not kept, or nobody knows.
        """
        message = await self._knowing(message, settled.values())
        try:
            try:
                entry = self._understood(message, settled)
                person, case = self._ids(entry)
                if expected is not None and expected not in {person, case}:
                    raise unfit("wrong_id", "Resource.id", "this is another one by its own numbers", "conflict")
                met = await self._known(person) is not None
                taken = await self._intake.take(entry, message)
            except KeyReused:
                raise self.reused() from None
        except Unfit as fault:
            parked = Parked(message, _source(message.caller), self._hospital(message), fault.code, fault.details)
            await self._intake.park(parked)
            raise
        if taken.state is CommandState.REJECTED and taken.reason == "nothing_changes":
            taken = replace(taken, state=CommandState.DONE, reason=None)  # a flag that is known already
        told = gathered(parsed(message.raw), settled).told
        resources = tuple((each.resource["resourceType"], each.place) for each in told)
        return ReceivedResource(taken, person, case, resources, met)

    async def known(self, message: Arrived) -> Arrived:
        """The message with what is known of the patients whom it names by their id here."""
        return await self._knowing(message, ())

    async def _knowing(self, message: Arrived, more: Collection[str]) -> Arrived:
        named = {*patients_named(leniently(message.raw)), *more} if message.whole else set()
        found = {name: await self._known(name) for name in sorted(named)[:10]}
        sees = message.caller.sees
        return replace(
            message, known={name: each for name, each in found.items() if each is not None and sees(each.hospital)}
        )

    def read(self, message: Arrived) -> Entry:
        """What it says.

        Raises:
            Unfit: `too_large`, `malformed`, `invalid_resource`, and whatever else stands in its way;
                `unreadable`: our own reading stumbled over it.
        """
        return self._understood(message, NOTHING_SETTLED)

    def _understood(self, message: Arrived, settled: Mapping[int, str]) -> Entry:
        try:
            return self._read(message, settled)
        except Unfit:
            raise
        except Exception as fault:  # noqa: BLE001 - kept like any other fault, and replayed once ours is mended
            log.warning("fhir.reading_failed", error=type(fault).__name__)  # a traceback may quote people
            raise Unfit("unreadable") from None

    def checked(self, raw: bytes) -> dict[str, Any]:
        """The resource in these bytes.

        Raises:
            Unfit: `malformed`, or `invalid_resource` with each place that is no FHIR R4.
        """
        resource = parsed(raw)
        if found := faults(resource, values=True):
            told = tuple({"field": each.place, "message": each.words, "issue": each.code} for each in found)
            known = ",".join(dict.fromkeys(each.known for each in found))
            raise Unfit("invalid_resource", {"fields": known[:MAX_FIELDS]}, told)
        return resource

    def cases_numbered(self, visit: str, hospitals: Collection[str]) -> tuple[str, ...]:
        """The ids that cases of a visit of this number have, in each of these hospitals."""
        return tuple(case_id(self._id_key, hospital, visit) for hospital in sorted(hospitals))

    def persons_numbered(self, mrn: str, hospitals: Collection[str]) -> tuple[str, ...]:
        """The ids that patients of this record number have, in each of these hospitals."""
        return tuple(person_id(self._id_key, hospital, mrn) for hospital in sorted(hospitals))

    def reused(self) -> Unfit:
        """The fault of a message whose key stands for another one."""
        return Unfit("idempotency_key_reused")

    def _read(self, message: Arrived, settled: Mapping[int, str]) -> Entry:
        if not message.whole:
            raise Unfit("too_large")
        resource = self.checked(message.raw)
        told = gathered(resource, settled)
        key = message.key or told.key
        if key is not None and not 0 < len(key) <= MAX_KEY:
            raise unfit("invalid_resource", "Bundle.identifier", f"a key has at most {MAX_KEY} characters", "too-long")
        now = self._now()
        at = now if told.at is None else instant(told.at, "UTC", "Bundle.timestamp")
        what, occurred_at = self._said(told, message, at)
        if too_far_ahead(occurred_at, now) or (isinstance(what, Admission) and too_far_ahead(what.admitted_at, now)):
            place = "Encounter.period" if told.of("Encounter") else "Bundle.timestamp"
            raise unfit("in_the_future", place, "this is more than a day ahead", "value")
        entry = Entry(what, _source(message.caller), key, occurred_at, same=message.raw)
        ids = {name for name in self._ids(entry) if name is not None}
        for place, name in told.updated:
            if name not in ids:
                raise unfit("wrong_id", place, "this is another one by its own numbers", "conflict")
        return entry

    def _said(
        self, told: Gathered, message: Arrived, at: datetime
    ) -> tuple[Admission | HospitalEvent | Circumstances, datetime]:
        encounter, person = told.one("Encounter"), told.one("Patient")
        related, flagged = told.of("RelatedPerson"), told.of("Flag")
        if encounter is not None:
            return self._stay(encounter, told, message, at)
        if flagged and (person is not None or related or len(flagged) > 1):
            words = "a Flag comes with an Encounter, or by itself"
            raise unfit("unsupported_bundle", flagged[0].place, words, "not-supported")
        about = person or next(iter((*related, *flagged)), None)
        if about is None:
            raise unfit("unsupported_bundle", "Bundle.entry", "this tells of nobody", "required")
        facility, patient = self._whom(about, told, message)
        if flagged:
            return self._flagged(flagged[0], facility, patient, at), at
        died, when = (False, None)
        if person is not None:
            died, when = persons.died_at(person.resource, self._sites[facility].zone)
        event = HospitalEvent(
            facility=facility,
            visit=None,
            kind=Happening.UPDATED,
            occurred_at=when or at,
            time_from=TimeFrom.DEATH if when else TimeFrom.RECORDED,
            died=died,
            patient=patient,
            contacts=persons.contacts(None if person is None else person.resource, [each.resource for each in related]),
        )
        return event, event.occurred_at

    def _stay(
        self, encounter: Told, told: Gathered, message: Arrived, at: datetime
    ) -> tuple[Admission | HospitalEvent, datetime]:
        facility, patient = self._whom(encounter, told, message)
        person = told.find(encounter.resource.get("subject", {}), encounter.resource)
        alone = told.one("Patient")
        if alone is not None and alone.resource is not person:
            raise unfit("patient_unknown", f"{encounter.place}.subject", "another patient came along", "not-found")
        near = persons.contacts(person, [each.resource for each in told.of("RelatedPerson")])
        added = tuple(flag for each in told.of("Flag") for flag in flags(each) if each.resource["status"] == "active")
        stay = Stay(encounter.resource, told, facility, self._sites[facility], at)
        what, occurred_at = stay.said(patient, person, near, added)
        if patient.birth_date is not None and patient.birth_date > occurred_at.date() + timedelta(days=1):
            raise unfit("invalid_resource", "Patient.birthDate", "nobody is born later than that", "value")
        return what, occurred_at

    def _flagged(self, flag: Told, facility: str, patient: Patient, at: datetime) -> Circumstances:
        if flag.resource["status"] != "active":
            words = "what does not hold any more is taken away by people"
            raise unfit("unsupported_status", f"{flag.place}.status", words, "not-supported")
        return Circumstances(facility=facility, visit=None, mrn=patient.mrn, add=flags(flag), occurred_at=at)

    def _whom(self, about: Told, told: Gathered, message: Arrived) -> tuple[str, Patient]:
        """Which hospital speaks, and of which patient.

        Raises:
            Unfit: `unknown_facility`, `hospital_not_allowed`, `patient_unknown`, `missing_element`.
        """
        resource, kind = about.resource, about.resource["resourceType"]
        reference = resource.get("patient" if kind == "RelatedPerson" else "subject", {})
        person = resource if kind == "Patient" else told.find(reference, resource)
        if person is not None and person["resourceType"] != "Patient":
            raise unfit("patient_unknown", f"{about.place}.subject", "this is no Patient", "not-found")
        known = message.known.get(told.settled.get(reference.get("reference", "")) or own_id(reference) or "")
        facility = self._facility(about, person, known, told, message.caller)
        if person is not None:
            return facility, persons.patient(person, facility)
        if known is not None and known.hospital == facility:
            return facility, known.patient
        number = named_by_number(reference)
        if number is None:
            raise unfit("patient_unknown", f"{about.place}.subject", "there is no such Patient here", "not-found")
        return facility, Patient(mrn=number)

    def _facility(
        self, about: Told, person: Resource | None, known: KnownPatient | None, told: Gathered, caller: Caller
    ) -> str:
        """The hospital: where the visit is, else whose patient it is, else the only one that the sender speaks for."""
        owner = about.resource
        place = f"{about.place}.{'serviceProvider' if owner['resourceType'] == 'Encounter' else 'managingOrganization'}"
        named = organization(owner.get("serviceProvider"), owner, told)
        if not named and person is not None:
            named = organization(person.get("managingOrganization"), person, told)
        if not named and known is not None:
            named = (known.hospital,)
        if not named and caller.hospitals is not None and len(caller.hospitals) == 1:
            named = tuple(caller.hospitals)
        facility = next((each for each in named if each in self._sites), None)
        if facility is None:
            raise unfit("unknown_facility", place, "the hospital's code of the catalogue is needed", "not-found")
        if not caller.sees(facility):
            raise unfit("hospital_not_allowed", place, "this hospital is outside your scope", "forbidden")
        return facility

    def _hospital(self, message: Arrived) -> str:
        """Whose message one is that cannot be taken: that of the only hospital that its sender speaks for."""
        scope = message.caller.hospitals
        return next(iter(scope)) if scope is not None and len(scope) == 1 else UNKNOWN

    def _ids(self, entry: Entry) -> tuple[str, str | None]:
        """Of whom and of which case it tells."""
        match entry.what:
            case Circumstances(facility=facility, visit=visit, mrn=mrn):
                pass
            case Admission(facility=facility, visit=visit, patient=Patient(mrn=mrn)):
                pass
            case HospitalEvent(facility=facility, visit=visit, patient=Patient(mrn=mrn)):
                pass
            case other:
                raise TypeError(f"no FHIR message is a {type(other).__name__}")
        case = None if visit is None else case_id(self._id_key, facility, visit)
        return person_id(self._id_key, facility, mrn), case


def _source(caller: Caller) -> str:
    return f"user/{caller.user}"
