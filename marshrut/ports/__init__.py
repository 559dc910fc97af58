"""A Protocol for each outside thing, and the few values that cross it."""

from marshrut.ports.commands import (
    CommandKind,
    Commands,
    CommandState,
    Intended,
    Intent,
    JournalWriter,
    Leased,
    StoredCommand,
)
from marshrut.ports.engine import Journeys
from marshrut.ports.faults import Fault, JournalBehind, JourneyGone, KeyReused, Unavailable, Uncertain
from marshrut.ports.identity import Caller, Clock, Fingerprint, Vault, new_id
from marshrut.ports.intake import Intake, MessageReceiver, Parked, Taken
from marshrut.ports.mail import Directory, DueMail, Language, Mail, Mailer, MailState, Outbox, Recipient
from marshrut.ports.reading import CaseFilter, NoticeFilter, Notification, Page, Queries, StepFilter, StepRow
from marshrut.ports.stuck import StuckFilter, StuckList, StuckPage, StuckRow
from marshrut.ports.versions import Versions

__all__ = [
    "Caller",
    "CaseFilter",
    "Clock",
    "CommandKind",
    "CommandState",
    "Commands",
    "Directory",
    "DueMail",
    "Fault",
    "Fingerprint",
    "Intake",
    "Intended",
    "Intent",
    "JournalBehind",
    "JournalWriter",
    "JourneyGone",
    "Journeys",
    "KeyReused",
    "Language",
    "Leased",
    "Mail",
    "MailState",
    "Mailer",
    "MessageReceiver",
    "NoticeFilter",
    "Notification",
    "Outbox",
    "Page",
    "Parked",
    "Queries",
    "Recipient",
    "StepFilter",
    "StepRow",
    "StoredCommand",
    "StuckFilter",
    "StuckList",
    "StuckPage",
    "StuckRow",
    "Taken",
    "Unavailable",
    "Uncertain",
    "Vault",
    "Versions",
    "new_id",
]
