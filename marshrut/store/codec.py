"""Between domain values and the text that SQL keeps.

The same value always gives the same bytes: fields in the order of their declaration, mappings in the order in which
they grew. That order means something (steps stand oldest first), so keys are not sorted. Of a state only what differs
from the defaults is kept, so a new field with a default leaves the rows that are there as they are.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from pydantic import TypeAdapter

from marshrut.domain.commands import CommandBody
from marshrut.domain.events import Body, Event
from marshrut.domain.moves import Actor
from marshrut.domain.state import CaseState, Step
from marshrut.ports import CommandKind, CommandState, Intent, StoredCommand

_EVENT_BODY: TypeAdapter[Body] = TypeAdapter(Body)
_COMMAND_BODY: TypeAdapter[CommandBody] = TypeAdapter(CommandBody)


def state_text(value: CaseState | Step) -> str:
    """A state as text."""
    return value.model_dump_json(exclude_defaults=True)


def in_utc(event: Event) -> Event:
    """The event as the journal gives it back: its instants keep no offset but UTC."""
    return event.model_copy(
        update={"recorded_at": event.recorded_at.astimezone(UTC), "occurred_at": event.occurred_at.astimezone(UTC)}
    )


def event_row(case_id: str, event: Event) -> dict[str, Any]:
    """The journal row of an event."""
    return {
        "case_id": case_id,
        "seq": event.seq,
        "kind": event.body.kind,
        "recorded_at": event.recorded_at,
        "occurred_at": event.occurred_at,
        "actor": event.actor,
        "role": event.role,
        "command_id": event.command_id,
        "body": event.body.model_dump_json(),
    }


def event_of(row: Any) -> Event:
    """The event of a journal row."""
    return Event(
        seq=row.seq,
        recorded_at=row.recorded_at,
        occurred_at=row.occurred_at,
        actor=row.actor,
        role=row.role,
        command_id=row.command_id,
        body=_EVENT_BODY.validate_json(row.body),
    )


def details_text(details: Any) -> str:
    """The details of a refusal as text."""
    return orjson.dumps(dict(details), option=orjson.OPT_SORT_KEYS).decode()


def body_of(text: str) -> CommandBody:
    """The body of a command."""
    return _COMMAND_BODY.validate_json(text)


def command_of(row: Any) -> StoredCommand:
    """The command of its row."""
    return StoredCommand(
        id=row.id,
        number=row.number,
        kind=CommandKind(row.kind),
        source=row.source,
        actor=Actor(user=row.actor, role=row.role),
        hospital=row.hospital,
        case_id=row.case_id,
        body=None if row.body is None else body_of(row.body),
        private=row.private,
        occurred_at=row.occurred_at,
        not_after=row.not_after,
        received_at=row.received_at,
        state=CommandState(row.state),
        code=row.code,
        details=orjson.loads(row.details),
        format=row.format,
        expects=tuple((row.expects or "").split()),
    )


def command_row(intent: Intent, *, now: datetime, owner: str, lease_s: float) -> dict[str, Any]:
    """The row of a new command."""
    pending, held = intent.state is CommandState.PENDING, intent.state is CommandState.HELD
    leased = pending and lease_s > 0
    return {
        "id": intent.id,
        "kind": intent.kind,
        "source": intent.source,
        # A parked message gives its key up: its sender will mend it and send it again under the same one.
        "idem_key": None if intent.state is CommandState.PARKED else intent.key,
        "fingerprint": intent.fingerprint,
        "actor": intent.actor.user,
        "role": intent.actor.role,
        "hospital": intent.hospital,
        "case_id": intent.case_id,
        "type": None if intent.body is None else intent.body.type,
        "body": None if intent.body is None else intent.body.model_dump_json(),
        "private": intent.private,
        "raw": intent.raw,
        "occurred_at": intent.occurred_at,
        "not_after": intent.not_after,
        "received_at": now,
        "state": intent.state,
        "code": intent.code,
        "details": details_text(intent.details),
        "lease_owner": owner if leased else None,
        "lease_until": now + timedelta(seconds=lease_s) if leased else None,
        "due_at": intent.held_until if held else None,
        "attempts": 0,
        "finished_at": None if pending or held else now,
        "format": intent.format,
        "person": intent.person,
        "expects": " ".join(intent.expects) or None,
    }


def stored(intent: Intent, number: int, received_at: datetime) -> StoredCommand:
    """The command that an intent became."""
    return StoredCommand(
        id=intent.id,
        number=number,
        kind=intent.kind,
        source=intent.source,
        actor=intent.actor,
        hospital=intent.hospital,
        case_id=intent.case_id,
        body=intent.body,
        private=intent.private,
        occurred_at=intent.occurred_at,
        not_after=intent.not_after,
        received_at=received_at,
        state=intent.state,
        code=intent.code,
        details=intent.details,
        format=intent.format,
        expects=intent.expects,
    )
