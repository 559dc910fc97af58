"""Of two cases of one person one goes on: what the case that ends tells the other, by a command of its own transaction.

So what it had arrives there as surely as it has ended; once, however often whoever wrote this died. Taking a merge
back goes the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.domain.commands import Absorb, Part, ReportFact
from marshrut.domain.events import Event, Reported
from marshrut.domain.moves import Actor
from marshrut.domain.moving import carried_over
from marshrut.domain.state import CaseState
from marshrut.domain.words import Report, Role
from marshrut.ports import CommandKind, Intent
from marshrut.store.codec import command_row
from marshrut.store.statements import insert_new
from marshrut.store.tables import cases, commands

ITSELF = Actor(user="marshrut", role=Role.SYSTEM)


async def tell_other_case(
    conn: AsyncConnection, before: CaseState, after: CaseState, told: Sequence[Event], at: datetime
) -> None:
    """Have the other case told, if this one was merged into it or is parted from it again."""
    for event, name, other, body in _words(before, after, told):
        hospital = await conn.scalar(sa.select(cases.c.hospital).where(cases.c.case_id == other))
        if hospital is None:
            continue
        intent = Intent(
            id=name,
            kind=CommandKind.MESSAGE,
            source=ITSELF.user,
            key=name,
            fingerprint=name,
            # What a hospital told counts there as its own word.
            actor=Actor(user=event.actor, role=event.role) if isinstance(body, ReportFact) else ITSELF,
            hospital=hospital,
            case_id=other,
            body=body,
            occurred_at=event.occurred_at if isinstance(body, ReportFact) else None,
        )
        await conn.execute(insert_new(conn, commands), command_row(intent, now=at, owner="", lease_s=0))


# What a hospital still tells under the visit of a case that goes on in another one, and is so of the patient there.
PASSED_ON = frozenset(
    {Report.MOVED, Report.DISCHARGED, Report.DISCHARGE_CANCELLED, Report.EXPECTED_DISCHARGE, Report.DIED}
)
Word = tuple[Event, str, str, Absorb | Part | ReportFact]


def _words(before: CaseState, after: CaseState, told: Sequence[Event]) -> Iterator[Word]:
    """The event behind it, the command's id, the other case, and what it is told."""
    merged_into = before.merged_into
    for event in told:
        match event.body:
            case Reported(report=Report.MERGED, other=str(other)) if other != after.case_id:
                merged_into = other
                body = Absorb(other=after.case_id, flags=after.flags, items=carried_over(after))
                yield event, f"merged.{after.case_id}.{event.seq}", other, body
            case Reported(report=Report.UNMERGED) if merged_into is not None:
                yield event, f"unmerged.{after.case_id}.{event.seq}", merged_into, Part(other=after.case_id)
                merged_into = None
            case Reported(report=report) as said if merged_into is not None and report in PASSED_ON:
                fact = ReportFact.model_validate(said.model_dump(exclude={"kind", "late", "other"}))
                yield event, f"passed_on.{after.case_id}.{event.seq}", merged_into, fact
            case _:
                pass
