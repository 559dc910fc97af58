"""What is kept how long: the kinds of records, and what becomes of each when its time is over.

The periods are the catalogue's (`retention.yaml`). A case under a legal hold keeps what there is of it. The journal is
in no list: there is nothing personal in it, and figures rest on it for good.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Kept(StrEnum):
    """Kinds of records."""

    CHANGES = "changes"  # which commits changed what, for pages that are open
    SESSIONS = "sessions"  # of the pages, after their end
    TRIES = "sign_in_tries"  # wrong passwords
    MAIL = "mail"  # what was mailed, or will not be
    DELIVERIES = "deliveries"  # what systems outside were told
    UNTOLD = "untold"  # what a system outside does not take
    ORIGINALS = "originals"  # bytes of messages that were taken
    REFUSED = "refused_messages"  # content of messages that never became a case's
    MESSAGE_NOTES = "message_notes"  # what people wrote about messages
    HANDOVER_NOTES = "handover_notes"  # what people wrote at the end of a shift
    REPAIRS = "repairs"  # what the watchdog mended
    FINDINGS = "findings"  # what the watchdog found, once it is over
    AUDIT = "audit"  # who read and did what
    CLOSED_CASES = "closed_cases"  # whoever's cases all ended


class Fate(StrEnum):
    """What becomes of a record: its row goes; its content goes and the row stays; or two people are asked."""

    FORGOTTEN = "forgotten"
    ERASED = "erased"
    LET_GO = "let_go"
    PROPOSED = "proposed"


FATES: Mapping[Kept, Fate] = {
    Kept.CHANGES: Fate.FORGOTTEN,
    Kept.SESSIONS: Fate.FORGOTTEN,
    Kept.TRIES: Fate.FORGOTTEN,
    Kept.MAIL: Fate.FORGOTTEN,
    Kept.DELIVERIES: Fate.FORGOTTEN,
    Kept.UNTOLD: Fate.LET_GO,
    Kept.ORIGINALS: Fate.ERASED,
    Kept.REFUSED: Fate.ERASED,
    Kept.MESSAGE_NOTES: Fate.ERASED,
    Kept.HANDOVER_NOTES: Fate.ERASED,
    Kept.REPAIRS: Fate.FORGOTTEN,
    Kept.FINDINGS: Fate.FORGOTTEN,
    Kept.AUDIT: Fate.FORGOTTEN,
    Kept.CLOSED_CASES: Fate.PROPOSED,
}

# What something else rests on: pages that are open, the waits after wrong passwords, that nothing is mailed twice, and
# that whoever looked at somebody is found out a year later.
AT_LEAST: Mapping[Kept, timedelta] = {
    Kept.CHANGES: timedelta(hours=1),
    Kept.TRIES: timedelta(days=1),
    Kept.MAIL: timedelta(days=8),
    Kept.REFUSED: timedelta(days=1),
    Kept.AUDIT: timedelta(days=365),
}


@dataclass(frozen=True, slots=True)
class Due:
    """A case whose time is over: two people decide whether its person is erased."""

    case_id: str
    hospital: str
    closed_at: datetime


@dataclass(frozen=True, slots=True)
class Swept:
    """What of a kind was removed so far, and when last."""

    count: int
    last_at: datetime


Periods = Mapping[Kept, timedelta]
