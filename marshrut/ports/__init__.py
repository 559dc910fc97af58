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
from marshrut.ports.inbox import Inbox, InboxMessage, MessageFilter, Replays, Sight
from marshrut.ports.intake import (
    UNKNOWN,
    Arrived,
    DocumentReceiver,
    Entry,
    Format,
    Intake,
    MessageReceiver,
    Parked,
    Reader,
    Taken,
    Unfit,
)
from marshrut.ports.mail import Directory, DueMail, Language, Mail, Mailer, MailState, Outbox, Recipient
from marshrut.ports.people import PersonRecords, SoughtPerson
from marshrut.ports.reading import CaseFilter, NoticeFilter, Notification, Page, Queries, StepFilter, StepRow
from marshrut.ports.shifts import HandoverAnswer, HandoverFilter, ShiftBook
from marshrut.ports.staff import Handovers, HeldCase, HeldStep, Staff
from marshrut.ports.stuck import StuckFilter, StuckList, StuckPage, StuckRow
from marshrut.ports.versions import Versions

__all__ = [
    "UNKNOWN",
    "Arrived",
    "Caller",
    "CaseFilter",
    "Clock",
    "CommandKind",
    "CommandState",
    "Commands",
    "Directory",
    "DocumentReceiver",
    "DueMail",
    "Entry",
    "Fault",
    "Fingerprint",
    "Format",
    "HandoverAnswer",
    "HandoverFilter",
    "Handovers",
    "HeldCase",
    "HeldStep",
    "Inbox",
    "InboxMessage",
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
    "MessageFilter",
    "MessageReceiver",
    "NoticeFilter",
    "Notification",
    "Outbox",
    "Page",
    "Parked",
    "PersonRecords",
    "Queries",
    "Reader",
    "Recipient",
    "Replays",
    "ShiftBook",
    "Sight",
    "SoughtPerson",
    "Staff",
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
    "Unfit",
    "Vault",
    "Versions",
    "new_id",
]
