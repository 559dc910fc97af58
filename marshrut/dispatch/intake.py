"""Admissions, referrals and hospital messages, whichever way they come, become commands; what cannot be is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta, tzinfo

from marshrut.dispatch.relay import Relay
from marshrut.dispatch.write_path import Verdict, WritePath
from marshrut.domain.admission import Admission, InpatientAdmission, Preadmission
from marshrut.domain.circumstances import Circumstances
from marshrut.domain.commands import Admit, BelongsTo, ChangeFlags, CommandBody, ReportFact
from marshrut.domain.enquiry import Enquiry
from marshrut.domain.events import CaseOpened
from marshrut.domain.hospital_event import Happening, HospitalEvent
from marshrut.domain.ids import case_id, inquiry_code, person_id, person_of, referral_id
from marshrut.domain.patient_merge import PatientMerge
from marshrut.domain.referral import Referral
from marshrut.domain.words import Role
from marshrut.ports import (
    Arrived,
    CommandKind,
    CommandState,
    Entry,
    Fingerprint,
    Format,
    Intent,
    Parked,
    Taken,
    Uncertain,
    Vault,
    new_id,
)

# Why a pre-admission opens no case whose day has passed: nobody can be helped before it.
IN_THE_PAST, A_DAY = "planned_in_the_past", timedelta(days=1)

# What is told of somebody who was announced before.
News = HospitalEvent | PatientMerge | Circumstances
Screen = Callable[[Admission], str | None]
# In which zone a hospital tells its days; None where it is not known.
Zone = Callable[[str], tzinfo | None]
# For how long a hospital's news of a visit without a case is held.
HeldFor = Callable[[str], timedelta]


@dataclass(frozen=True, slots=True)
class _Meant:
    """What a message comes to: a command for a case, or the reason why there is none.

    `waits`: for its case, if that is not there; `person`: of whom it brings news.
    """

    body: CommandBody | None
    case_id: str | None
    reason: str | None = None
    waits: bool = False
    person: str | None = None

    @property
    def state(self) -> CommandState:
        """How it is stored."""
        if self.reason is not None:
            return CommandState.DONE
        return CommandState.HELD if self.waits else CommandState.PENDING


class Intake:
    """`ports.Intake`: stores what comes in and has cases opened and told."""

    def __init__(  # noqa: PLR0913 - the wiring of a composition root
        self,
        path: WritePath,
        relay: Relay,
        vault: Vault,
        *,
        id_key: bytes,
        fingerprint: Fingerprint,
        screen: Screen,
        zone: Zone,
        held_for: HeldFor,
        expires_s: float,
    ) -> None:
        self._path = path
        self._relay = relay
        self._vault = vault
        self._id_key = id_key
        self._fingerprint = fingerprint
        self._screen = screen
        self._zone = zone
        self._held_for = held_for
        self._expires = timedelta(seconds=expires_s)

    async def take(self, entry: Entry, message: Arrived) -> Taken:
        """Take it and wait for its case; one that may be stored or not is pending.

        Raises:
            Unavailable, KeyReused: as for `WritePath.submit`.
        """
        intent = await self._intended(entry, message)
        try:
            verdict = await self._path.submit(intent)
        except Uncertain:
            return Taken(intent.id, intent.case_id, CommandState.PENDING, created=False, reason=None)
        self._relay.nudge()  # something may have been held for this case
        return _taken(verdict)

    async def post(self, entry: Entry, message: Arrived) -> Taken:
        """Take a hospital message: durable when this returns, applied soon after.

        Raises:
            Unavailable, Uncertain, KeyReused: as for `WritePath.submit`.
        """
        return await self._store(await self._intended(entry, message))

    async def take_again(self, entry: Entry, message: Arrived, *, parked: str) -> Taken:
        """Take what was parked under that id, in its sender's name. However often this is done, it is taken once.

        Raises:
            Unavailable, Uncertain, KeyReused: as for `WritePath.submit`.
        """
        again = await self._again(entry, message, parked)
        return await self._store(again) if message.format is Format.HL7V2 else _taken(await self._path.submit(again))

    async def foresee(self, entry: Entry, message: Arrived, *, parked: str) -> None:
        """Nothing happens; `take_again` would take it now, if nothing is raised.

        Raises:
            Unavailable: nobody knows.
            KeyReused: its key stands for another message.
        """
        await self._path.known(await self._again(entry, message, parked))

    async def _again(self, entry: Entry, message: Arrived, parked: str) -> Intent:
        intent = await self._intended(entry, message)
        # Nobody waits for it as its sender did, so it does not expire.
        key = entry.key or f"replay/{parked}"
        return replace(intent, kind=CommandKind.MESSAGE, not_after=None, key=key, again=True)

    async def park(self, parked: Parked) -> None:
        """Keep a message that cannot be taken as it is.

        Raises:
            Unavailable, Uncertain: it was not kept.
        """
        name, message = new_id(), parked.message
        # HL7 says what it is; the same JSON may be sent as one thing and as another.
        about = b"" if message.format is Format.HL7V2 else f"{message.format}\n".encode()
        await self._path.store(
            Intent(
                id=name,
                kind=CommandKind.MESSAGE,
                source=parked.source,
                key=None,
                fingerprint=self._fingerprint(about + message.raw),
                actor=message.caller.actor,
                hospital=parked.hospital,
                case_id=None,
                body=None,
                raw=self._kept(message, name),
                state=CommandState.PARKED,
                code=parked.code,
                details=parked.details,
                format=message.format,
            )
        )

    async def _store(self, intent: Intent) -> Taken:
        verdict = await self._path.store(intent)
        self._relay.nudge()
        return _taken(verdict)

    async def _intended(self, entry: Entry, message: Arrived) -> Intent:
        """As `_intent`, but nobody is screened out whose stay was planned with us."""
        intent, what = self._intent(entry, message), entry.what
        taken = intent.state is CommandState.PENDING or intent.code == IN_THE_PAST
        if taken or not isinstance(what, Admission) or not isinstance(intent.body, Admit):
            return intent
        case = case_id(self._id_key, what.facility, what.visit)
        if not await self._path.awaits(case, intent.body):
            return intent
        return replace(intent, case_id=case, state=CommandState.PENDING, code=None, held_until=None)

    def _intent(self, entry: Entry, message: Arrived) -> Intent:
        # The fingerprint is of what was said, before anything is added that may differ the next time.
        zone, what, now = self._zone(entry.what.facility), entry.what, self._path.now()
        told = what if isinstance(what, News) else what.with_flags(zone)
        said = told if isinstance(told, News) else told.with_flags(zone, now)
        name, caller = new_id(), message.caller
        meant = _Meant(None, None, entry.reason) if entry.reason else self._meant(said, name)
        # A person who was answered nothing must not find the case opened an hour later; a hospital's system must.
        machine = caller.role is Role.INTEGRATOR or message.lasting
        return Intent(
            id=name,
            kind=CommandKind.MESSAGE if machine else CommandKind.PERSON,
            source=entry.source,
            key=entry.key,
            fingerprint=self._fingerprint(entry.same or told.model_dump_json().encode()),
            actor=caller.actor,
            hospital=said.facility,
            case_id=meant.case_id,
            body=meant.body,
            private=self._vault.seal(said.personal(), about=f"command/{name}"),
            raw=self._kept(message, name),
            # A clock that runs ahead must not make tomorrow's news of today's.
            occurred_at=None if entry.occurred_at is None else min(entry.occurred_at, now),
            not_after=None if machine else now + self._expires,
            state=meant.state,
            code=meant.reason,
            format=message.format,
            person=meant.person,
            held_until=now + self._held_for(said.facility) if meant.waits else None,
            expects=message.expects,
        )

    def _meant(self, said: Admission | Referral | Enquiry | News, command: str) -> _Meant:
        match said:
            case Admission():
                return self._admitted(said)
            case Referral():
                return self._referred(said, command)
            case Enquiry():
                return self._enquired(said, command)
            case HospitalEvent():
                return self._happened(said)
            case PatientMerge():
                return self._merged(said)
            case Circumstances():
                return self._known_of(said)

    def _admitted(self, admission: Admission) -> _Meant:
        """An admission. One of an outpatient that opens no case by itself is still news for a case that is there."""
        inpatient = isinstance(admission, InpatientAdmission)
        planned_for = admission.planned_for if isinstance(admission, Preadmission) else None
        case = case_id(self._id_key, admission.facility, admission.visit)
        body = Admit(
            hospital=admission.facility,
            person=person_id(self._id_key, admission.facility, admission.patient.mrn),
            admitted_at=admission.admitted_at,
            emergency=admission.emergency,
            ward=admission.ward,
            bed=admission.bed,
            flags=admission.flags,
            via="admission" if planned_for is None else "planned",
            planned_for=planned_for,
            inquiry=inquiry_code(self._id_key, case),
            inpatient=inpatient,
        )
        passed = planned_for is not None and planned_for + A_DAY < self._path.now()
        reason = IN_THE_PAST if passed else self._screen(admission)
        if reason and inpatient:
            return _Meant(body, case, waits=True)
        return _Meant(body, None if reason else case, reason)

    def _happened(self, event: HospitalEvent) -> _Meant:
        """A report to the visit's case; news of the person without a visit, to each of their open cases there."""
        case = None if event.visit is None else case_id(self._id_key, event.facility, event.visit)
        renews = event.kind is Happening.UPDATED
        person = person_id(self._id_key, event.facility, event.patient.mrn) if renews else None
        body = ReportFact(report=event.report, ward=event.ward, bed=event.bed, planned=event.planned)
        return _Meant(body, case, waits=True, person=person)

    def _known_of(self, told: Circumstances) -> _Meant:
        """Flags of a visit's patient; without one of the person, in each of their cases there."""
        case = None if told.visit is None else case_id(self._id_key, told.facility, told.visit)
        person = None if case else person_id(self._id_key, told.facility, told.mrn)
        return _Meant(ChangeFlags(add=told.add), case, waits=True, person=person)

    def _merged(self, merge: PatientMerge) -> _Meant:
        """Two records of a hospital are one patient's (A40): the prior record's cases, or its one visit's, are told."""
        prior_visit = merge.prior_visit
        case = None if prior_visit is None else case_id(self._id_key, merge.facility, prior_visit)
        body = BelongsTo(person=person_id(self._id_key, merge.facility, merge.survivor))
        prior = None if case else person_id(self._id_key, merge.facility, merge.prior)
        return _Meant(body, case, waits=True, person=prior)

    def _referred(self, referral: Referral, command: str) -> _Meant:
        """A referral, which nothing screens: somebody asked for help."""
        facility, visit, mrn = referral.facility, referral.visit, referral.patient.mrn
        case = case_id(self._id_key, facility, visit) if visit else referral_id(self._id_key, facility, command)
        body = Admit(
            hospital=facility,
            person=person_id(self._id_key, facility, mrn) if mrn else person_of(case),
            admitted_at=referral.occurred_at or self._path.now(),
            emergency=False,
            ward=referral.ward,
            bed=referral.bed,
            flags=referral.flags,
            via="referral" if referral.planned_for is None else "planned",
            planned_for=referral.planned_for,
            inquiry=inquiry_code(self._id_key, case),
        )
        return _Meant(body, case)

    def _enquired(self, enquiry: Enquiry, command: str) -> _Meant:
        """An enquiry: each is a case of its own, for two questions want two answers."""
        case = referral_id(self._id_key, enquiry.facility, command)
        body = Admit(
            hospital=enquiry.facility,
            person=person_of(case),
            admitted_at=enquiry.occurred_at or self._path.now(),
            emergency=False,
            via="enquiry",
            topic=enquiry.topic,
        )
        return _Meant(body, case)

    def _kept(self, message: Arrived, name: str) -> bytes:
        """The bytes as they came, with all that replaying them takes, sealed."""
        hospitals = message.caller.hospitals
        content = {
            "raw": message.raw.decode("latin-1"),
            "whole": message.whole,
            "key": message.key,
            "hospitals": None if hospitals is None else sorted(hospitals),
        }
        return self._vault.seal(content, about=f"raw/{name}")


def _taken(verdict: Verdict) -> Taken:
    created = any(isinstance(event.body, CaseOpened) for event in verdict.events)
    # The case that something waits for is nobody's yet.
    case = None if verdict.state is CommandState.HELD else verdict.case_id
    return Taken(verdict.command_id, case, verdict.state, created, verdict.code)
