"""How every write of a person's answers: done, refused, not yet known, or never stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import Header, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from api.audit.noted import noted
from api.parts import ApiParts
from api.problems import Problem
from marshrut.dispatch.write_path import Verdict
from marshrut.domain.commands import CommandBody
from marshrut.domain.state import CaseState
from marshrut.domain.words import Role
from marshrut.ports import Caller, CommandKind, CommandState, Intent, Unavailable, Uncertain, new_id

IdempotencyKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", min_length=1, max_length=200, description="Repeat a call safely with the same key"),
]


class Accepted(BaseModel):
    """Stored, not yet known: ask at `location`."""

    command_id: str
    state: CommandState
    location: str


ACCEPTED: dict[int | str, dict[str, Any]] = {202: {"model": Accepted, "description": "Stored, not yet known"}}


class NotYetKnown(Exception):  # noqa: N818 - an answer, not a fault
    """The command is stored; what becomes of it has to be asked."""

    def __init__(self, command_id: str) -> None:
        super().__init__(command_id)
        self.command_id = command_id

    def answer(self) -> Response:
        """202 with the place to ask."""
        location = f"/api/v1/commands/{self.command_id}"
        body = Accepted(command_id=self.command_id, state=CommandState.PENDING, location=location)
        return JSONResponse(body.model_dump(mode="json"), 202, {"Location": location, "Retry-After": "1"})


async def submit(  # noqa: PLR0913 - what a command is made of
    parts: ApiParts,
    caller: Caller,
    *,
    case_id: str,
    hospital: str,
    body: CommandBody,
    key: str | None,
    occurred_at: datetime | None = None,
    private: Mapping[str, Any] | None = None,
    expects: tuple[str, ...] = (),
    command_id: str | None = None,
    said: str | None = None,
) -> Verdict:
    """Have a command happen. `expects`: the versions of what it is about that the caller has seen (`conditional`).

    `command_id`: of one that may be said again under its own id. `said`: what the caller said, where the command holds
    more than that, which may be another thing the next time.

    Raises:
        Problem: it was refused.
        NotYetKnown: it is stored and pending.
        Unavailable, KeyReused: nothing happened.
    """
    noted().about(case_id)
    noted().hospital = hospital
    name = command_id or new_id()
    never_expires = caller.role is Role.INTEGRATOR
    intent = Intent(
        id=name,
        kind=CommandKind.MESSAGE if never_expires else CommandKind.PERSON,
        source=f"user/{caller.user}",
        key=key,
        fingerprint=_fingerprint(parts, case_id, said or body.model_dump_json(), private, occurred_at),
        actor=caller.actor,
        hospital=hospital,
        case_id=case_id,
        body=body,
        private=parts.vault.seal(private, about=f"command/{name}") if private else None,
        occurred_at=occurred_at,
        not_after=None if never_expires else parts.now() + timedelta(seconds=parts.person_expires_s),
        expects=expects,
    )
    try:
        verdict = await parts.write_path.submit(intent)
    except Uncertain:
        raise NotYetKnown(name) from None
    return settled(verdict)


async def said_before(  # noqa: PLR0913 - what makes a call the same call
    parts: ApiParts,
    caller: Caller,
    *,
    case_id: str,
    said: str,
    key: str | None,
    occurred_at: datetime | None = None,
    private: Mapping[str, Any] | None = None,
) -> Verdict | None:
    """What became of the very call that came with this key before; None: none did.

    For calls after which the same cannot be asked any more, as about a case that has gone to another hospital.

    Raises:
        Problem: it was refused.
        NotYetKnown: it is pending.
    """
    if key is None:
        return None
    same = _fingerprint(parts, case_id, said, private, occurred_at)
    stored = await parts.commands.repeated(f"user/{caller.user}", key, same)
    if stored is None:
        return None
    return settled(Verdict(stored.id, stored.case_id, stored.state, stored.code, stored.details))


async def kept(  # noqa: PLR0913 - what such a record is made of
    parts: ApiParts,
    caller: Caller,
    case: CaseState,
    *,
    code: str,
    details: Mapping[str, str],
    private: Mapping[str, Any],
    key: str | None,
    said: str,
) -> Verdict:
    """Keep a record that is about the person and asks nothing of the journey: with this it is done.

    Raises:
        Unavailable, KeyReused: nothing happened.
    """
    noted().about(case.case_id)
    noted().hospital = case.hospital
    name = new_id()
    intent = Intent(
        id=name,
        kind=CommandKind.PERSON,
        source=f"user/{caller.user}",
        key=key,
        fingerprint=_fingerprint(parts, case.case_id, said, None, None),
        actor=caller.actor,
        hospital=case.hospital or "",
        case_id=case.case_id,
        body=None,
        private=parts.vault.seal(private, about=f"command/{name}"),
        state=CommandState.DONE,
        code=code,
        details=details,
        person=case.person,
    )
    return await parts.write_path.submit(intent)


def _fingerprint(
    parts: ApiParts, case_id: str, said: str, private: Mapping[str, Any] | None, occurred_at: datetime | None
) -> str:
    """What tells calls with one key apart. An instant is the same one in whatever zone it was said."""
    when = "" if occurred_at is None else occurred_at.astimezone(UTC).isoformat()
    return parts.fingerprint(f"{case_id}{said}{private}{when}".encode())


@contextmanager
def showing(verdict: Verdict) -> Iterator[None]:
    """What is shown of a command that is done. 503 would say that nothing happened, so SQL away is "ask later" here.

    Raises:
        NotYetKnown: SQL went away meanwhile.
    """
    try:
        yield
    except Unavailable:
        raise NotYetKnown(verdict.command_id) from None


def settled(verdict: Verdict) -> Verdict:
    """The verdict of a command that is done.

    Raises:
        Problem: it was refused or has expired.
        NotYetKnown: it is pending.
    """
    match verdict.state:
        case CommandState.DONE:
            return verdict
        case CommandState.PENDING:
            raise NotYetKnown(verdict.command_id)
        case _:
            raise Problem(verdict.code or "expired", verdict.details)
