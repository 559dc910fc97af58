"""Admissions, whichever way they come, become commands; what cannot be taken is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from marshrut.dispatch.relay import Relay
from marshrut.dispatch.write_path import Verdict, WritePath
from marshrut.domain.admission import Admission
from marshrut.domain.commands import Admit
from marshrut.domain.events import CaseOpened
from marshrut.domain.ids import case_id, person_id
from marshrut.domain.words import Role
from marshrut.ports import (
    Caller,
    CommandKind,
    CommandState,
    Fingerprint,
    Intent,
    Parked,
    Taken,
    Uncertain,
    Vault,
    new_id,
)

Screen = Callable[[Admission], str | None]


class Intake:
    """`ports.Intake`: stores admissions and has their cases opened."""

    def __init__(  # noqa: PLR0913 - the wiring of a composition root
        self,
        path: WritePath,
        relay: Relay,
        vault: Vault,
        *,
        id_key: bytes,
        fingerprint: Fingerprint,
        screen: Screen,
        expires_s: float,
    ) -> None:
        self._path = path
        self._relay = relay
        self._vault = vault
        self._id_key = id_key
        self._fingerprint = fingerprint
        self._screen = screen
        self._expires = timedelta(seconds=expires_s)

    async def admit(self, admission: Admission, *, caller: Caller, key: str | None) -> Taken:
        """Take an admission and wait for its case; one that may be stored or not is pending.

        Raises:
            Unavailable, KeyReused: as for `WritePath.submit`.
        """
        intent = self._intent(admission, caller=caller, source=f"user/{caller.user}", key=key, raw=None)
        try:
            return _taken(await self._path.submit(intent))
        except Uncertain:
            return Taken(intent.id, intent.case_id, CommandState.PENDING, created=False, reason=None)

    async def post(self, admission: Admission, *, caller: Caller, source: str, key: str, raw: bytes) -> Taken:
        """Take a hospital message: durable when this returns, applied soon after.

        Raises:
            Unavailable, Uncertain, KeyReused: as for `WritePath.submit`.
        """
        verdict = await self._path.store(self._intent(admission, caller=caller, source=source, key=key, raw=raw))
        self._relay.nudge()
        return _taken(verdict)

    async def park(self, parked: Parked, *, caller: Caller) -> None:
        """Keep a message that cannot be taken as it is.

        Raises:
            Unavailable, Uncertain: it was not kept.
        """
        name = new_id()
        await self._path.store(
            Intent(
                id=name,
                kind=CommandKind.MESSAGE,
                source=parked.source,
                key=None,
                fingerprint=self._fingerprint(parked.raw),
                actor=caller.actor,
                hospital=parked.hospital,
                case_id=None,
                body=None,
                raw=self._vault.seal({"raw": parked.raw.decode("latin-1")}, about=f"raw/{name}"),
                state=CommandState.PARKED,
                code=parked.code,
                details=parked.details,
            )
        )

    def _intent(
        self, admission: Admission, *, caller: Caller, source: str, key: str | None, raw: bytes | None
    ) -> Intent:
        admission = admission.with_flags()
        name, reason = new_id(), self._screen(admission)
        body = Admit(
            hospital=admission.facility,
            person=person_id(self._id_key, admission.facility, admission.patient.mrn),
            admitted_at=admission.admitted_at,
            emergency=admission.emergency,
            ward=admission.ward,
            bed=admission.bed,
            flags=admission.flags,
        )
        # A person who was answered nothing must not find the case opened an hour later; a hospital's system must.
        machine = caller.role is Role.INTEGRATOR
        return Intent(
            id=name,
            kind=CommandKind.MESSAGE if machine else CommandKind.PERSON,
            source=source,
            key=key,
            fingerprint=self._fingerprint(admission.model_dump_json().encode()),
            actor=caller.actor,
            hospital=admission.facility,
            case_id=None if reason else case_id(self._id_key, admission.facility, admission.visit),
            body=body,
            private=self._vault.seal(admission.personal(), about=f"command/{name}"),
            raw=None if raw is None else self._vault.seal({"raw": raw.decode("latin-1")}, about=f"raw/{name}"),
            not_after=None if machine else self._path.now() + self._expires,
            state=CommandState.DONE if reason else CommandState.PENDING,
            code=reason,
        )


def _taken(verdict: Verdict) -> Taken:
    created = any(isinstance(event.body, CaseOpened) for event in verdict.events)
    return Taken(verdict.command_id, verdict.case_id, verdict.state, created, verdict.code)
