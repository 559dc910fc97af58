"""Where admissions, referrals and hospital messages go, and what is kept of those that cannot be taken."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Protocol

from marshrut.domain.admission import Admission, Patient
from marshrut.domain.circumstances import Circumstances
from marshrut.domain.enquiry import Enquiry
from marshrut.domain.hospital_event import HospitalEvent
from marshrut.domain.patient_merge import PatientMerge
from marshrut.domain.referral import Referral
from marshrut.ports.commands import CommandState
from marshrut.ports.faults import Fault
from marshrut.ports.identity import Caller

# Where a message belongs that names no hospital of the catalogue, or one that its sender may not speak for.
UNKNOWN = "unknown"


class Format(StrEnum):
    """What a message is written in."""

    HL7V2 = "hl7v2"
    ADMISSION = "json admission"
    REFERRAL = "json referral"
    ENQUIRY = "json enquiry"
    MAIL = "mail"
    FHIR = "fhir r4"


@dataclass(frozen=True, slots=True)
class KnownPatient:
    """Whom a hospital told us of before."""

    hospital: str
    patient: Patient


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message as it came. `key`: the sender's idempotency key. Not `whole`: only its beginning was read.

    `lasting`: nobody waits for it, so it does not expire though a person sent it. `known`: of patients whom it names by
    their id here, what was told of them before and where. `expects`: for which versions of its case it is meant.
    """

    raw: bytes
    format: Format
    caller: Caller
    key: str | None = None
    whole: bool = True
    lasting: bool = False
    known: Mapping[str, KnownPatient] = field(default_factory=dict)
    expects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A message, understood. `source` and `key` together make it idempotent; `occurred_at`: when that was so.

    `reason`: why nothing follows from it. `same`: what two messages of one key have in common, if not all they say.
    """

    what: Admission | Referral | Enquiry | HospitalEvent | PatientMerge | Circumstances
    source: str
    key: str | None
    occurred_at: datetime | None = None
    reason: str | None = None
    same: bytes | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a message. Screened out: no case, and `reason` says why."""

    command_id: str
    case_id: str | None
    state: CommandState
    created: bool
    reason: str | None


@dataclass(frozen=True, slots=True)
class Parked:
    """A message that cannot be taken as it is, and why; `details` name segment and field, never their content."""

    message: Arrived
    source: str
    hospital: str
    code: str
    details: Mapping[str, str] = field(default_factory=dict)


class Unfit(Fault):
    """A message cannot be taken as it is.

    `details` hold codes and places and are kept; `errors` (`field`, `message`) are told to the sender alone, for the
    name of a field that nobody knows may be anything.
    """

    def __init__(
        self, code: str, details: Mapping[str, str] | None = None, errors: tuple[Mapping[str, str], ...] = ()
    ) -> None:
        super().__init__(code)
        self.code = code
        self.details = details or {}
        self.errors = errors


class Reader(Protocol):
    """Understands the messages of a format."""

    def read(self, message: Arrived) -> Entry:
        """What it says.

        Raises:
            Unfit: it cannot be taken as it is.
        """
        ...

    def reused(self) -> Unfit:
        """The fault of a message whose idempotency key stands for another one."""
        ...


class Intake(Protocol):
    """Where admissions, referrals and hospital messages go."""

    async def take(self, entry: Entry, message: Arrived) -> Taken:
        """Take it and wait for its case."""
        ...

    async def post(self, entry: Entry, message: Arrived) -> Taken:
        """Take a hospital message: durable when this returns, applied soon after."""
        ...

    async def take_again(self, entry: Entry, message: Arrived, *, parked: str) -> Taken:
        """Take what was parked under that id, once."""
        ...

    async def foresee(self, entry: Entry, message: Arrived, *, parked: str) -> None:
        """Nothing happens; it would be taken now, if neither KeyReused nor Unavailable is raised."""
        ...

    async def park(self, parked: Parked) -> None:
        """Keep a message that cannot be taken as it is."""
        ...


class MessageReceiver(Protocol):
    """Understands a hospital message and acknowledges it."""

    async def receive(self, raw: bytes, caller: Caller, *, whole: bool = True) -> bytes:
        """The one acknowledgement. Raises Unavailable or Uncertain when nothing may be acknowledged."""
        ...

    async def converse(self, raw: bytes, caller: Caller) -> tuple[bytes, ...]:
        """As many acknowledgements as the sender asked for. Raises as `receive` does."""
        ...


class DocumentReceiver(Protocol):
    """Takes admissions and referrals that are written in JSON."""

    async def receive(self, message: Arrived) -> Taken:
        """What became of it. Raises Unfit once it is kept, Unavailable or Uncertain when it is not."""
        ...


@dataclass(frozen=True, slots=True)
class ReceivedResource:
    """What became of a FHIR message: of whom it told, in which case if of a visit, by which resources (type, place).

    `met`: somebody had told of the person before.
    """

    taken: Taken
    person: str
    case_id: str | None
    told: tuple[tuple[str, str], ...]
    met: bool = False


NOTHING_SETTLED: Mapping[int, str] = MappingProxyType({})


class ResourceReceiver(Protocol):
    """Takes what is written in FHIR."""

    async def receive(
        self, message: Arrived, *, settled: Mapping[int, str] = NOTHING_SETTLED, expected: str | None = None
    ) -> ReceivedResource:
        """What became of it. Raises Unfit once it is kept, Unavailable or Uncertain when it is not.

        `settled`: which entries of a transaction are there already, under which id, and say nothing new. `expected`:
        the id here of what is to be updated.
        """
        ...

    async def known(self, message: Arrived) -> Arrived:
        """The message with what is known of the patients whom it names."""
        ...

    def checked(self, raw: bytes) -> dict[str, Any]:
        """The resource in these bytes. Raises Unfit for what is no FHIR R4."""
        ...

    def cases_numbered(self, visit: str, hospitals: Collection[str]) -> tuple[str, ...]:
        """The ids that cases of a visit of this number have, in each of these hospitals."""
        ...

    def persons_numbered(self, mrn: str, hospitals: Collection[str]) -> tuple[str, ...]:
        """The ids that patients of this record number have, in each of these hospitals."""
        ...
