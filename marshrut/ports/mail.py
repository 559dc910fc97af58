"""How people hear of something outside the system: who they are, what is sent, and what has become of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from typing import Protocol

from marshrut.domain.state import CaseState
from marshrut.domain.words import Role
from marshrut.ports.reading import Notification


class Language(StrEnum):
    """What people read."""

    RU = "ru"
    EN = "en"


class Errand(StrEnum):
    """What a mail is about: a notice, somebody's day in counts, or the answer to an enquiry."""

    NOTICE = "notice"
    DIGEST = "digest"
    ANSWER = "answer"


class MailState(StrEnum):
    """What has become of a mail. Only the first two go on; `sending`: the message may be on the wire.

    `uncertain`: whether it went is unknown, so it is not sent again. `dropped`: by its time there was nothing to tell
    (the notice was acknowledged, its step ended, the digest is empty or its hour long past). `nobody`: no address is
    known to send it to. `off`: no mail was set up.
    """

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    DROPPED = "dropped"
    NOBODY = "nobody"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where somebody gets mail, and in which language. The address is personal: it is in no `repr`."""

    address: str = field(repr=False)
    language: Language


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Somebody who wants their day in counts, at this hour. `zone`: theirs, if it is not that of their hospital."""

    user: str
    role: Role
    hospitals: tuple[str, ...] | None
    at: time
    zone: str | None
    recipient: Recipient


class Directory(Protocol):
    """The people of the installation."""

    def subscribers(self) -> Sequence[Subscriber]:
        """Who wants a digest: an entry a person and role."""
        ...

    def find(self, *, hospital: str, role: Role, user: str | None, about: CaseState | None) -> Sequence[Recipient]:
        """Those of a role in a hospital, or the one user; each address once, nobody when none is known.

        `about`: of a case that is guarded those alone who need to know.
        """
        ...


@dataclass(frozen=True, slots=True)
class Mail:
    """One message. `id` is the same whenever the same message is made.

    `answers`: a person wrote it, in answer to the message of that id (or to none that has one); None: no person did.
    """

    id: str
    to: tuple[str, ...] = field(repr=False)
    language: Language
    subject: str
    text: str
    urgent: bool = False
    answers: str | None = field(default=None, repr=False)


class Mailer(Protocol):
    """Sends mail."""

    async def send(self, mail: Mail, begin: Callable[[], Awaitable[bool]]) -> bool:
        """Send it, at most once; whether it was sent.

        `begin` is asked at the last moment at which nothing has been sent: when it says no, nothing is.

        Raises:
            Unavailable: nothing was sent.
            Uncertain: it may have been sent.
        """
        ...


@dataclass(frozen=True, slots=True)
class DueMail:
    """A mail that the leaseholder alone may send now; `told`: the languages in which it went already.

    Of a notice without a `notice` there is nothing to tell any more. `about`: of other errands all that is known, in
    codes.
    """

    id: str
    notice: Notification | None
    attempts: int
    told: frozenset[Language]
    errand: Errand = Errand.NOTICE
    about: Mapping[str, str] = field(default_factory=dict)


class Outbox(Protocol):
    """The mail that is to be sent. Each method raises Unavailable or Uncertain when SQL does not answer."""

    async def ask(self, mail_id: str, errand: Errand, about: Mapping[str, str], due_at: datetime) -> bool:
        """Have something told that no commit asks for; whether nobody had asked for it under this id before."""
        ...

    async def lease_due(self, *, owner: str, lease_s: float, limit: int) -> Sequence[DueMail]:
        """Take over what is due and nobody holds; what was being sent when its holder's lease ended is uncertain."""
        ...

    async def begin(self, notice_id: str, *, owner: str, lease_s: float) -> bool:
        """Say durably that the message is about to be on the wire; no when somebody else has it.

        No, too, when its notice does not stand any more: it is dropped by that. The lease begins anew.
        """
        ...

    async def gone(self, notice_id: str, *, owner: str, told: frozenset[Language], state: MailState) -> None:
        """Say that it went in these languages, and whether it is `sent` by that or still `pending` for others."""
        ...

    async def close(self, notice_id: str, *, owner: str, state: MailState) -> None:
        """Say that it will not be sent, or that nobody knows."""
        ...

    async def put_back(self, notice_id: str, *, owner: str, delay_s: float) -> None:
        """Nothing was sent: it is due again after the delay."""
        ...
