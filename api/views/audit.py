"""The audit as the auditor reads it."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from marshrut.domain.auditing import Act, Outcome, Purpose, Row
from marshrut.domain.words import Role


class AuditView(BaseModel):
    """One thing that was done or tried: codes only."""

    seq: int = Field(description="Its place in the chain")
    at: datetime = Field(description="When it happened")
    recorded_at: datetime = Field(description="When it was written down")
    act: Act
    what: str = Field(description="What was asked: for HTTP the method and the route, with no value in it")
    purpose: Purpose
    outcome: Outcome
    code: str | None = Field(description="Why it was refused")
    user: str | None = Field(description="Null: nobody who is known")
    role: Role | None
    case_id: str | None
    hospital: str | None
    thing: str | None = Field(description="An account, a message or the like that it is about")
    fields: list[str] = Field(description="By which fields something was looked for; never what stood in them")
    found: int | None = Field(description="How many were found or given out")
    hash: str = Field(description="Of this row and the one before it, under the installation's key")


def audit_view(row: Row) -> AuditView:
    """The row."""
    entry = row.entry
    return AuditView(
        seq=row.seq,
        at=entry.at,
        recorded_at=row.recorded_at,
        act=entry.act,
        what=entry.what,
        purpose=entry.purpose,
        outcome=entry.outcome,
        code=entry.code,
        user=entry.user,
        role=entry.role,
        case_id=entry.case_id,
        hospital=entry.hospital,
        thing=entry.thing,
        fields=list(entry.fields),
        found=entry.found,
        hash=row.hash,
    )
