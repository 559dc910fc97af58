"""The audit: who did or tried what, and the chain that shows whether anybody has touched what was written down.

Codes only. Of a search stand its fields and how many were found, never its words; of a case a pseudonym stands in the
chain, so that a person can be erased and the chain holds.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Self

from marshrut.domain.words import Role

# Before the first row.
GENESIS = "0" * 64
CASE_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
FIELD = re.compile(r"[A-Za-z_][\w.-]{0,39}")
# No id of a case, which would stay when its person is erased.
THING = re.compile(rf"(?!.*{CASE_ID.pattern})[\w.:@+/-]{{1,80}}", re.ASCII)
MOST_FIELDS = 20


class Act(StrEnum):
    """What kind of thing was done or tried."""

    READ = "read"
    CHANGE = "change"
    SEARCH = "search"
    EXPORT = "export"
    SIGN_IN = "sign_in"


class Outcome(StrEnum):
    """What came of it. Pending: it was taken, and is not known to be done yet."""

    DONE = "done"
    PENDING = "pending"
    REFUSED = "refused"
    FAILED = "failed"


class Purpose(StrEnum):
    """What for."""

    CARE = "care"
    OVERSIGHT = "oversight"
    ENQUIRY = "enquiry"
    INTEGRATION = "integration"
    ADMINISTRATION = "administration"
    AUDIT = "audit"
    RIGHTS = "rights"  # of the person: erasure, what is held on them
    BREAK_GLASS = "break_glass"
    SIGN_IN = "sign_in"


# Where an endpoint says nothing of its own: people do what their role is for.
PURPOSES = {
    Role.HEAD: Purpose.OVERSIGHT,
    Role.AUDITOR: Purpose.AUDIT,
    Role.ADMIN: Purpose.ADMINISTRATION,
    Role.INTEGRATOR: Purpose.INTEGRATION,
    Role.HOTLINE: Purpose.ENQUIRY,
    Role.PARTNER: Purpose.INTEGRATION,
    Role.SYSTEM: Purpose.ADMINISTRATION,
}


def purpose_of(role: Role | None) -> Purpose:
    """What somebody in this role does things for; the care of patients, where nothing else is known."""
    return PURPOSES.get(role or Role.COORDINATOR, Purpose.CARE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done or tried. `what`: a code, for HTTP the method and the route, with no value in it.

    `user` None: nobody who is known. `code`: why it was refused. `fields`, `found`: what was searched by, and how many
    were found or given out. `thing`: the id of an account, a message or the like that it is about. `at`: when it
    happened; when it was written down is added by whoever does.
    """

    at: datetime
    act: Act
    what: str
    purpose: Purpose
    outcome: Outcome = Outcome.DONE
    user: str | None = None
    role: Role | None = None
    case_id: str | None = None
    hospital: str | None = None
    thing: str | None = None
    code: str | None = None
    fields: tuple[str, ...] = ()
    found: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as it stands in the chain. `subject`: the pseudonym of the case."""

    seq: int
    recorded_at: datetime
    entry: Entry
    subject: str | None
    hash: str

    def follows(self, key: bytes, before: str) -> bool:
        """Whether it stands as it was written, behind that one."""
        return hmac.compare_digest(self.hash, link(key, before, self.seq, self.recorded_at, self.entry, self.subject))


@dataclass(frozen=True, slots=True)
class Head:
    """How far the chain goes: its last row. One that was noted elsewhere shows whether its end was cut off."""

    seq: int
    hash: str

    @property
    def text(self) -> str:
        """As people note it."""
        return f"{self.seq}:{self.hash}"

    @classmethod
    def read(cls, text: str) -> Self:
        """As it was noted.

        Raises:
            ValueError: it is none.
        """
        number, _, mark = text.strip().partition(":")
        if not number.isdecimal() or re.fullmatch(r"[0-9a-f]{64}", mark) is None:
            raise ValueError("no SEQ:HASH")
        return cls(int(number), mark)


START = Head(0, GENESIS)


def chain_key(installation: bytes) -> bytes:
    """The key of the chain: without it nobody who holds the database can write a chain that is believed."""
    return hmac.new(installation, b"audit", hashlib.sha256).digest()


def link(  # noqa: PLR0913, PLR0917 - all that a row says
    key: bytes, before: str, seq: int, recorded_at: datetime, entry: Entry, subject: str | None
) -> str:
    """The hash of a row: over the one before it, and all that it says. The case goes in by its pseudonym alone."""
    told = [
        before,
        seq,
        _text(recorded_at),
        _text(entry.at),
        entry.act,
        entry.what,
        entry.purpose,
        entry.outcome,
        entry.user,
        entry.role,
        subject,
        entry.hospital,
        entry.thing,
        entry.code,
        list(entry.fields),
        entry.found,
    ]
    content = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    return hmac.new(key, content, hashlib.sha256).hexdigest()


def sealed(key: bytes, what: str, *parts: str | int) -> str:
    """What shows that a row beside the chain (its head, a checkpoint, whose pseudonym it is) was written by us."""
    return hmac.new(key, "\x1f".join([what, *map(str, parts)]).encode(), hashlib.sha256).hexdigest()


def plain(entry: Entry) -> Entry:
    """The entry with nothing in it that is no code: an id that is none, a field that nobody could have meant."""
    known = entry.case_id if entry.case_id is not None and CASE_ID.fullmatch(entry.case_id) else None
    thing = entry.thing if entry.thing is not None and THING.fullmatch(entry.thing) else None
    return replace(entry, case_id=known, thing=thing, fields=fields_of(entry.fields))


def fields_of(names: Iterable[str]) -> tuple[str, ...]:
    """The names of fields, in order; what cannot be one is left out."""
    return tuple(sorted({name for name in names if FIELD.fullmatch(name)}))[:MOST_FIELDS]


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
